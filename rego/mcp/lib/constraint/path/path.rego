# METADATA
# title: Paths
# description: >-
#   Judges `path` constraints: roots, globs and extensions, allowed and denied. What matches what, `mcp.lib.path` knows.
package mcp.lib.constraint.path

import data.mcp.lib.argument
import data.mcp.lib.optional
import data.mcp.lib.path as paths

# METADATA
# description: The constraint is whole. What it lacks would otherwise not bind.
whole(constraint) if {
	argument.whole(constraint.arguments)
	is_array(constraint.roots)
	optional.map(constraint.allow)
	is_object(constraint.deny)
	optional.map(constraint.allow_extensions)
	is_object(constraint.deny_extensions)
}

# METADATA
# description: Every path that the constraint reads is proven to keep it.
holds(constraint) if {
	whole(constraint)
	values := argument.read(constraint.arguments, "path")
	values != {}
	every path in values {
		paths.canonical(path)
		place := paths.relative(path, constraint.roots)
		_allowed(constraint, place)
		_clear(constraint, place)
		_extension_allowed(constraint, path)
		_extension_clear(constraint, path)
	}
}

_inside(constraint, path) if paths.relative(path, constraint.roots)

_allowed(constraint, place) if {
	constraint.allow == null
} else if paths.match(constraint.allow, place)

_clear(constraint, place) if paths.clear(constraint.deny, place)

_extension_allowed(constraint, path) if {
	constraint.allow_extensions == null
} else if paths.allowed_extension(constraint.allow_extensions, path)

_extension_clear(constraint, path) if {
	constraint.deny_extensions == {}
} else if paths.clear_extension(constraint.deny_extensions, path)
