# METADATA
# title: Sizes
# description: Judges `size` constraints, by the bytes of UTF-8 that were counted in the content arguments.
package mcp.lib.constraint.size

import data.mcp.lib.argument
import data.mcp.lib.call
import data.mcp.lib.grant
import data.mcp.lib.reason

# METADATA
# description: The constraint is whole. What it lacks would otherwise not bind.
whole(constraint) if {
	argument.whole(constraint.arguments)
	is_number(constraint.max_bytes)
}

# METADATA
# description: There is content, all of it was measured, and together it is within the limit.
holds(constraint) if {
	whole(constraint)
	values := argument.read(constraint.arguments, "content")
	argument.readable(values)
	every place, _ in values { _measured(place) }
	_within(constraint, values)
}

# METADATA
# title: No content to measure
# description: An argument that the grant limits in size is absent, is no string, or was not measured.
# custom:
#   fix: Send the content as a string. If the tool names its content otherwise, name that argument in content_arguments.
#   controls: [NIST SI-10, CWE-20]
content_missing contains reason.of(rego.metadata.chain(), judged, place, "max_file_size") if {
	some judged in _judged
	values := argument.read(judged.constraint.arguments, "content")
	some place in (argument.unreadable(values) | _unmeasured(values))
}

# METADATA
# title: Too large
# description: The content arguments have, together, more bytes of UTF-8 than the grant's max_file_size.
# custom:
#   fix: Send less at once, or raise max_file_size.
#   monitor: true
#   controls: [NIST SC-5, CWE-770]
size_exceeded contains reason.of(rego.metadata.chain(), judged, null, "max_file_size") if {
	some judged in _judged
	values := argument.read(judged.constraint.arguments, "content")
	constraint := judged.constraint
	not _within(constraint, values)
}

_judged contains judged if {
	some judged in grant.judged
	judged.constraint.kind == "size"
}

_measured(place) if is_number(call.facts.sizes[place])

_unmeasured(values) := {place |
	some place, _ in values
	not _measured(place)
}

_within(constraint, values) if {
	sizes := [size |
		some place, _ in values
		size := call.facts.sizes[place]
		is_number(size)
	]
	sum(sizes) <= constraint.max_bytes
}
