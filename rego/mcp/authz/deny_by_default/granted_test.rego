package mcp.authz.deny_by_default_test

import data.mcp.lib.example_test as example

_holding := {
	"resources": object.union(
		example.paths(["note://a"]),
		{"levels": [[6, {"./file:///srv/docs": [true, null, null, null]}]]},
	),
	"prompts": example.names({"summarise": {"source": {}}}),
}

_own := object.union(_granted, {"actors": {"agent": _holding}})

_grouped := object.union(_granted, {
	"actors": {"agent": {"groups": ["readers"]}},
	"groups": {"readers": object.union(example.holder, _holding)},
})

_known := {"uri": {"canonical": true, "scheme": "note", "path": ""}}

_asked := [
	example.asking("prompts/get", "prompt", "summarise"),
	example.knowing(example.asking("resources/read", "resource", "note://a"), _known),
	example.knowing(example.asking("resources/subscribe", "resource", "note://a"), _known),
	example.knowing(example.asking("resources/unsubscribe", "resource", "note://a"), _known),
	object.union(
		example.asking("completion/complete", "resource", "file:///srv/docs/{path}"),
		{"resource": {"properties": {"arguments": {"name": "path", "value": "a"}}}},
	),
]

test_granted_to_the_actor_or_to_its_group if {
	every asked in _asked {
		example.permits(asked, _own) == ["deny_by_default.granted"]
		example.permits(asked, _grouped) == ["deny_by_default.granted"]
	}
}

test_granted_to_nobody if {
	every asked in _asked { example.reasons(asked, _granted) == {_code("no_grant")} }
}

test_granted_only_where_the_question_can_be_read if {
	every asked in _asked { example.reasons(object.union(asked, {"more": 1}), _own) == {_code("input_malformed")} }
}

test_granted_as_one_kind_is_not_granted_as_another if {
	every asked in [
		example.knowing(example.asking("resources/read", "resource", "summarise"), _known),
		example.asking("prompts/get", "prompt", "note://a"),
		_completing_of("prompt", "file:///srv/docs/{path}"),
		_completing_of("resource", "note://a"),
	] {
		example.reasons(asked, _own) == {_code("no_grant")}
	}
}

_completing_of(kind, name) := example.put(
	example.asking("completion/complete", kind, name),
	["resource", "properties", "arguments"], {"name": "path", "value": "a"},
)

test_granted_as_a_prompt_is_not_granted_as_a_tool if {
	example.reasons(example.calling("summarise", {}), _own) == {_code("no_grant")}
}
