package mcp.authz.deny_by_default_test

import data.mcp.lib.example_test as example

test_actor_unknown if {
	example.reasons(example.put(_call, ["subject", "id"], "stranger"), _granted) == {_code("actor_unknown")}
}

test_actor_unknown_whatever_groups_it_claims if {
	grouped := object.union(example.policy, {"groups": {"writers": _granted.actors.agent}})
	claiming := object.union(_call, {"subject": {"id": "stranger", "properties": {"groups": ["writers"]}}})
	example.reasons(claiming, grouped) == {_code("actor_unknown")}
}

test_actor_expired if {
	every expires in [0, 1000, "2000", true] {
		expired := example.put(_granted, ["actors", "agent", "expires"], expires)
		example.reasons(_call, expired) == {object.union(_code("actor_expired"), {"source": {"line": 1, "text": "agent"}})}
	}
}

test_actor_expired_where_the_data_does_not_say if {
	unsaid := example.cut(example.cut(_granted, ["actors", "agent", "expires"]), ["actors", "agent", "source"])
	example.reasons(_call, unsaid) == {_code("actor_expired")}
}

test_no_grant if {
	example.reasons(example.calling("list_files", {}), _granted) == {_code("no_grant")}
	example.reasons(example.calling("READ_FILE", {}), _granted) == {_code("no_grant")}
}

test_no_grant_for_a_prompt_that_bears_a_tool_s_name if {
	example.reasons(example.asking("prompts/get", "prompt", "read_file"), _granted) == {_code("no_grant")}
}

test_no_grant_for_a_resource if {
	asked := example.knowing(example.asking("resources/read", "resource", "note://a"), _uri)
	example.reasons(asked, _granted) == {_code("no_grant")}
}

test_no_grant_is_not_said_where_the_server_is_missing if {
	nowhere := example.put(example.calling("list_files", {}), ["resource", "properties", "server_id"], null)
	named := object.union(_granted, {"schemas": {"named": {"list_files": true}}})
	example.reasons(nowhere, named) == {_code("server_missing")}
}

_uri := {"uri": {"canonical": true, "scheme": "note", "path": ""}}
