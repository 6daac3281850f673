# METADATA
# title: The arguments that a constraint reads
# description: >-
#   Gives what is to be judged as {pointer: value}. What can't be read is null, what isn't there at all is missing from an empty
#   object: whoever judges demands at least one value, and each of its type.
package mcp.lib.argument

import data.mcp.lib.call
import data.mcp.lib.optional
import data.mcp.lib.pointer
import data.mcp.lib.policy

# METADATA
# description: ARGS is whole.
whole(args) if optional.array(args.named)

# METADATA
# description: The values of `kind` (path, sql, url, content) that ARGS names; those with a default name where it names none.
read(args, kind) := _default(kind) if args.named == null

read(args, _) := {place: value |
	some segments in args.named
	some place, value in _named(segments)
} if {
	args.named != null
}

# METADATA
# description: The same as pointers split up, whether or not a call has them.
segments(args, _) := args.named if args.named != null

segments(args, kind) := array.concat(
	[[name] | some name, _ in policy.vocabulary.arguments[kind]],
	[[name, "*"] | some name, _ in policy.vocabulary.arguments[_plural(kind)]],
) if {
	args.named == null
}

# METADATA
# description: There is something to judge, and all of it is text.
readable(values) if {
	count(values) > 0
	every place, value in values {
		text(place, value)
	}
}

# METADATA
# description: Where something is to be read and is no text; null where there is nothing at all.
unreadable(values) := {null} if {
	count(values) == 0
} else := {place |
	some place, value in values
	not text(place, value)
}

# METADATA
# description: The value is a string, be it one that was too long to be sent along.
text(_, value) if is_string(value)

text(place, value) if {
	value == {}
	call.facts.elided[place]
}

_default(kind) := {place: value |
	some name, given in call.arguments
	some place, value in _known(kind, name, given)
}

_known(kind, name, given) := {concat("", ["/", name]): given} if {
	policy.vocabulary.arguments[kind][name]
} else := _elements(name) if {
	policy.vocabulary.arguments[_plural(kind)][name]
}

_plural("path") := "paths"

_plural("url") := "urls"

_elements(name) := pointer.found(call.arguments, [name, "*"]) if {
	pointer.complete(call.arguments, [name, "*"])
} else := {written([name]): null}

_named(segments) := pointer.found(call.arguments, segments) if {
	pointer.complete(call.arguments, segments)
} else := {written(segments): null}

# METADATA
# description: The JSON pointer that the segments make.
written(segments) := concat("/", array.concat([""], escaped)) if {
	escaped := [replace(replace(segment, "~", "~0"), "/", "~1") | some segment in segments]
}
