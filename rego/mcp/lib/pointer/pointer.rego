package mcp.lib.pointer

# METADATA
# title: What a pointer reaches
# description: |
#   Values by the JSON pointer that each stands at. `segments` is a pointer split up, of eight at most; `*` stands for
#   each element of an array, and nothing else reaches into one.
found(arguments, segments) := {text: value | some [text, value] in _levels(arguments, segments)[count(segments)]}

# METADATA
# title: A pointer reaches something everywhere
# description: There is at least one value, and no element of an array on the way lacks it.
complete(arguments, segments) if {
	levels := _levels(arguments, segments)
	every i, segment in segments {
		every node in levels[i] {
			_children(node, segment) != []
		}
	}
}

# What the first none, one, two, … segments reach: arrays of [pointer, value].
_levels(arguments, [segment]) := [[["", arguments]], _children(["", arguments], segment)] if is_object(arguments)

_levels(arguments, segments) := [[["", arguments]], one, two, three, four, five, six, seven, eight] if {
	is_object(arguments)
	count(segments) in {2, 3, 4, 5, 6, 7, 8}
	one := _children(["", arguments], segments[0])
	two := _next(one, segments, 1)
	three := _next(two, segments, 2)
	four := _next(three, segments, 3)
	five := _next(four, segments, 4)
	six := _next(five, segments, 5)
	seven := _next(six, segments, 6)
	eight := _next(seven, segments, 7)
}

_next(nodes, segments, i) := [child | some node in nodes; some child in _children(node, segments[i])] if {
	i < count(segments)
} else := []

_children([pointer, value], "*") := [[_below(pointer, _decimal(i)), child] |
	is_array(value)
	count(value) <= 10000
	some i, child in value
]

_children([pointer, value], segment) := [[_below(pointer, segment), child] |
	is_object(value)
	child := value[segment]
] if {
	segment != "*"
}
