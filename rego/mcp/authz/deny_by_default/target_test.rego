package mcp.authz.deny_by_default_test

import data.mcp.lib.example_test as example

_here := example.names({"read_file": {"source": {"line": 2, "text": "read_file"}}})

_somewhere := object.union(_here, {"named": {"read_file": true}})

_server := ["resource", "properties", "server_id"]

_nowhere := example.put(_call, _server, null)

test_name_malformed if {
	every name in ["", "read file", "read/file", "re\u0430d_file"] {
		example.reasons(example.calling(name, {}), _granted) == {_code("name_malformed")}
	}
	example.reasons(example.asking("prompts/get", "prompt", ""), _granted) == {_code("name_malformed")}
}

test_name_malformed_though_it_is_granted if {
	spaced := example.granting({"read file": example.grant})
	example.reasons(example.calling("read file", {}), spaced) == {_code("name_malformed")}
	nameless := example.put(_granted, ["actors", "agent", "prompts"], example.names({"": {}}))
	example.reasons(example.asking("prompts/get", "prompt", ""), nameless) == {_code("name_malformed")}
}

test_server_missing if {
	every part in ["global_deny", "rate_limits", "schemas"] {
		_code("server_missing") in example.reasons(_nowhere, example.put(_granted, [part], _somewhere))
	}
	named := example.put(_granted, ["actors", "agent", "grants", "named"], {"read_file": true})
	example.reasons(_nowhere, named) == {_code("server_missing")}
}

test_server_missing_for_a_prompt if {
	asked := object.union(_nowhere, {"action": {"name": "prompts/get"}, "resource": {"type": "prompt"}})
	prompting := example.put(_granted, ["actors", "agent", "prompts"], _somewhere)
	example.reasons(asked, prompting) == {_code("server_missing")}
}

test_a_server_that_no_entry_asks_for if {
	resource := example.put(_reading({"canonical": true, "scheme": "note", "path": ""}), _server, null)
	example.permits(resource, _noted) == ["deny_by_default.granted"]
	example.permits(_nowhere, _granted) == ["read_only.permitted"]
}

test_globally_denied if {
	denying := example.put(_granted, ["global_deny"], _here)
	_denied := object.union(_code("globally_denied"), {"source": {"line": 2, "text": "read_file"}})
	example.reasons(_call, denying) == {_denied}
	example.reasons(example.calling("READ_File", {}), denying) == {_denied, _code("no_grant")}
}

test_globally_denied_where_the_data_does_not_say_by_which_line if {
	denying := example.put(_granted, ["global_deny"], example.names({"read_file": {}}))
	example.reasons(_call, denying) == {_code("globally_denied")}
}

test_globally_denied_holds_for_a_prompt_too if {
	prompting := example.put(_granted, ["actors", "agent", "prompts"], _here)
	asked := example.asking("prompts/get", "prompt", "read_file")
	example.permits(asked, prompting) == ["deny_by_default.granted"]
	{reason.code | some reason in example.reasons(asked, example.put(prompting, ["global_deny"], _here))} == {
		"deny_by_default.globally_denied",
	}
}

test_uri_unsafe if {
	every found in [
		null,
		{"canonical": false, "scheme": "note", "path": ""},
		{"canonical": true, "scheme": "note", "path": "a/../b"},
		{"canonical": true, "scheme": "note", "path": "a/"},
		{"canonical": true, "scheme": "note"},
		{"scheme": "note", "path": ""},
	] {
		example.reasons(_reading(found), _noted) == {_code("uri_unsafe")}
	}
}

test_a_uri_without_a_path_or_with_the_root_alone if {
	every path in ["", "/", "/a", "a/b"] {
		example.permits(_reading({"canonical": true, "scheme": "note", "path": path}), _noted) == ["deny_by_default.granted"]
	}
}

_noted := example.put(_granted, ["actors", "agent", "resources"], example.paths(["note://a"]))

_reading(found) := example.knowing(example.asking("resources/read", "resource", "note://a"), {"uri": found})
