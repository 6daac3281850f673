package mcp.authz.questions_test

import data.mcp.authz
import data.mcp.lib.example_test as example

_resources := object.union(
	example.paths(["note://a"]),
	{"levels": [[6, {"./file:///srv/docs": [true, null, null, null]}]]},
)

_policy := object.union(example.granting({"read_file": example.grant, "delete_file": example.grant}), {
	"actors": {"agent": {
		"resources": _resources,
		"prompts": example.names({"summarise": {"source": {}}, "delete_file": {"source": {}}}),
	}},
	"global_deny": {"tools": {"delete_file": {"source": {}}}},
})

_tools := [example.entry("tool", id) | some id in ["read_file", "delete_file", "list_files", "READ_file", "a b", 1]]

test_tools_that_are_granted_and_not_denied if {
	_visible("tools/list", _tools, _policy) == {
		"version": 1,
		"id": "id-1",
		"revision": "revision-1",
		"visible": [true, false, false, false, false, false],
	}
}

test_under_log_and_allow_all_that_is_not_denied if {
	_seen("tools/list", _tools, example.monitoring(_policy)) == [true, false, true, true, false, false]
}

test_prompts if {
	entries := [example.entry("prompt", id) | some id in ["summarise", "delete_file", "read_file"]]
	_seen("prompts/list", entries, _policy) == [true, false, false]
}

test_resources_and_templates if {
	entries := [example.entry("resource", id) | some id in ["note://a", "file:///srv/docs/a", "note://b"]]
	_seen("resources/list", entries, _policy) == [true, true, false]
	templates := [example.entry("resource_template", id) | some id in ["file:///srv/docs/{path}", "note://{id}"]]
	_seen("resources/templates/list", templates, _policy) == [true, false]
}

test_a_tool_that_some_entry_names_with_a_server if {
	entry := example.put(example.entry("tool", "read_file"), ["properties", "server_id"], null)
	_seen("tools/list", [entry], _policy) == [true]
	_seen("tools/list", [entry], object.union(_policy, {"schemas": {"named": {"read_file": true}}})) == [false]
	_seen("tools/list", [example.put(entry, ["properties", "server_id"], 1)], _policy) == [false]
}

test_an_actor_that_is_unknown_or_expired_sees_nothing if {
	expired := example.put(_policy, ["actors", "agent", "expires"], 1)
	unknown := example.put(_policy, ["actors"], {})
	every policy_data in [expired, unknown] { _seen("tools/list", _tools, policy_data) == [false | some _ in _tools] }
}

test_a_prompt_that_some_entry_names_with_a_server if {
	entry := example.put(example.entry("prompt", "summarise"), ["properties", "server_id"], null)
	_seen("prompts/list", [entry], _policy) == [true]
	_seen("prompts/list", [entry], object.union(_policy, {"schemas": {"named": {"summarise": true}}})) == [false]
}

test_an_actor_of_whom_a_part_is_missing_sees_nothing if {
	lacking := [
		example.put(_policy, ["actors", "agent", "groups"], ["gone"]),
		example.cut(_policy, ["actors", "agent", "groups"]),
	]
	every policy_data in lacking {
		_seen("tools/list", _tools, policy_data) == [false | some _ in _tools]
		_seen("tools/list", _tools, example.monitoring(policy_data)) == [false | some _ in _tools]
	}
}

test_what_has_no_name_is_not_seen_under_log_and_allow_either if {
	every method, kind in {"resources/list": "resource", "resources/templates/list": "resource_template"} {
		_seen(method, [example.entry(kind, 1), example.entry(kind, "x")], example.monitoring(_policy)) == [false, true]
	}
}

test_a_list_of_other_things_than_the_method_lists if {
	_seen("prompts/list", _tools, _policy) == [false | some _ in _tools]
	_seen("tools/call", _tools, _policy) == [false | some _ in _tools]
}

test_entries_that_are_none_keep_their_places if {
	_seen("tools/list", [{}, null, example.entry("tool", "read_file")], _policy) == [false, false, true]
}

test_no_list_from_a_question_or_data_that_can_not_be_read if {
	not _visible("tools/list", {}, _policy)
	not _visible("tools/list", _tools, object.remove(_policy, ["groups"]))
	malformed := object.union(example.listing("tools/list", _tools), {"subject": {"type": "user"}})
	not _answered(malformed, _policy)
}

_visible(method, entries, policy_data) := _answered(example.listing(method, entries), policy_data)

_answered(asked, policy_data) := answer if {
	answer := authz.visible with input as asked with data.mcp.policy as policy_data
}

_seen(method, entries, policy_data) := answer.visible if {
	answer := _visible(method, entries, policy_data)
}
