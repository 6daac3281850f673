# METADATA
# title: The arguments that a constraint reads
# description: >-
#   Gives what is to be judged as {pointer: value}. What can't be read is null, and where nothing is there the object is
#   empty: whoever judges demands at least one value, and each of its type.
package mcp.lib.argument

import data.mcp.lib.call
import data.mcp.lib.optional
import data.mcp.lib.pointer
import data.mcp.lib.policy

# METADATA
# description: ARGS is whole.
whole(args) if optional.list(args.named)

# METADATA
# description: >-
#   The values that ARGS names, exactly those; where it names none, all that are there under a default name of `kind`:
#   path, sql, url or content.
# scope: document
read(args, kind) := _default(kind) if args.named == null

read(args, _) := {place: value |
	some segments in args.named
	some place, value in _reached(segments)
} if {
	args.named != null
}

# METADATA
# description: The pointers that ARGS names, or the default names of `kind`, whether or not a call has them.
# scope: document
segments(args, _) := args.named if args.named != null

segments(args, kind) := array.concat(
	[[name] | some name, _ in policy.vocabulary.arguments[kind]],
	[[name, "*"] | some name, _ in policy.vocabulary.arguments[_plural(kind)]],
) if {
	args.named == null
}

# METADATA
# description: The JSON pointer that the segments make.
written(segments) := concat("/", array.concat([""], escaped)) if {
	escaped := [replace(replace(segment, "~", "~0"), "/", "~1") | some segment in segments]
}

_default(kind) := {place: value |
	some name, given in call.arguments
	some place, value in _named(kind, name, given)
}

_named(kind, name, given) := {concat("", ["/", name]): given} if {
	policy.vocabulary.arguments[kind][name]
} else := _elements(name) if {
	policy.vocabulary.arguments[_plural(kind)][name]
}

_plural("path") := "paths"

_plural("url") := "urls"

_elements(name) := pointer.found(call.arguments, [name, "*"]) if {
	pointer.complete(call.arguments, [name, "*"])
} else := {written([name]): null}

_reached(segments) := pointer.found(call.arguments, segments) if {
	pointer.complete(call.arguments, segments)
} else := {written(segments): null}
