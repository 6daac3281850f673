# METADATA
# title: Plain arguments
# description: >-
#   Judges `plain` constraints, which keep away what a shell would take for its own. Which strings are plain,
#   `mcp.lib.plain` knows.
package mcp.lib.constraint.plain

import data.mcp.lib.argument
import data.mcp.lib.call
import data.mcp.lib.grant
import data.mcp.lib.plain as values
import data.mcp.lib.pointer
import data.mcp.lib.reason

# METADATA
# description: The constraint is whole. What it lacks would otherwise not bind.
whole(constraint) if is_array(constraint.arguments)

# METADATA
# description: Every value that the constraint names is absent, null or plain.
holds(constraint) if {
	whole(constraint)
	every segments in constraint.arguments { _plain(segments) }
}

# METADATA
# title: Argument not plain
# description: A value holds what a shell takes for its own, begins with `-`, or is neither a string nor null.
# custom:
#   fix: Send a plain value, without quotes, `$`, `;`, `|`, `&`, redirections, brackets, wildcards or a leading `-`.
#   controls: [OWASP A03:2021, NIST SI-10, CWE-78, CWE-88]
argument_not_plain contains reason.of(rego.metadata.chain(), judged, place, "plain_arguments") if {
	some judged in grant.judged
	judged.constraint.kind == "plain"
	some segments in judged.constraint.arguments
	not _plain(segments)
	place := argument.written(segments)
}

_plain(segments) if {
	every i, segment in segments { _open(array.slice(segments, 0, i), segment) }
	every value in pointer.found(call.arguments, segments) { values.plain(value) }
}

# On the way to a value stands nothing, or what can hold it: a text in a list's place would else go unjudged.
_open(segments, segment) if {
	segments == []
} else if {
	every place, value in pointer.found(call.arguments, segments) { _holds(place, value, segment) }
}

_holds(_, null, _)

_holds(_, value, "*") if is_array(value)

_holds(place, value, segment) if {
	segment != "*"
	is_object(value)
	not call.facts.elided[place]
}
