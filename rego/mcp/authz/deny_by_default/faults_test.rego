package mcp.authz.deny_by_default_test

import data.mcp.lib.example_test as example

_granted := example.granting({"read_file": example.grant})

_call := example.calling("read_file", {})

_code(name) := {"code": concat(".", ["deny_by_default", name])}

test_input_malformed if {
	example.reasons({"id": "id-1"}, _granted) == {_code("input_malformed")}
	example.reasons(object.union(_call, {"allow": true}), _granted) == {_code("input_malformed")}
}

test_input_malformed_and_data_unusable if {
	example.reasons({"id": "id-1"}, {}) == {_code("input_malformed"), _code("policy_unusable")}
}

# A call, and a policy, against which much could be said
_nowhere_named := object.union(_granted, {
	"default_action": "LOG_AND_ALLOW",
	"actors": {"agent": {"expires": 1, "groups": ["gone"], "prompts": example.names({"read_file": {}})}},
	"global_deny": {"tools": {"read_file": {}}, "named": {"read_file": true}},
	"rate_limits": {"tools": {"read_file": {"calls_per_minute": 0}}},
})

test_of_what_can_not_be_read_nothing_else_is_said if {
	whole := example.knowing(example.put(_call, ["resource", "properties", "server_id"], null), {"schema": "invalid"})
	lacking := object.union(example.grant, {"constraints": [example.path, {}], "access": "write"})
	policy_data := object.union(_nowhere_named, {"actors": {"agent": {"grants": example.names({"read_file": lacking})}}})
	every asked in [
		whole,
		example.calling("list_files", {}),
		object.union(whole, {"resource": {"id": "list_files"}, "context": {"facts": {"schema": "unknown"}}}),
		object.union(whole, {"action": {"name": "prompts/get"}, "resource": {"type": "prompt"}}),
	] {
		example.reasons(asked, policy_data) != {_code("input_malformed")}
		example.reasons(object.union(asked, {"more": 1}), policy_data) == {_code("input_malformed")}
		example.reasons(asked, object.union(policy_data, {"format": 2})) == {_code("policy_unusable")}
	}
}

test_policy_unusable if {
	every unusable in [{}, null, object.union(_granted, {"format": 2}), object.remove(_granted, ["schemas"])] {
		example.reasons(_call, unusable) == {_code("policy_unusable")}
	}
}

test_policy_unusable_where_the_actor_lacks_a_part if {
	example.reasons(_call, example.cut(_granted, ["actors", "agent", "groups"])) == {_code("policy_unusable")}
	codes := {reason.code |
		some reason in example.reasons(_call, example.cut(_granted, ["actors", "agent", "grants"]))
	}
	"deny_by_default.policy_unusable" in codes
}

test_policy_unusable_where_a_group_lacks_a_part if {
	grouped := object.union(_granted, {"actors": {"agent": {"groups": ["writers"]}}})
	example.reasons(_call, grouped) == {_code("policy_unusable")}
}

test_policy_unusable_where_a_grant_lacks_a_part if {
	every field in ["access", "exact", "scoped", "timeout_seconds", "constraints"] {
		lacking := example.granting({"read_file": object.remove(example.grant, [field])})
		_from_grant in example.reasons(_call, lacking)
	}
}

test_policy_unusable_where_a_constraint_lacks_a_part if {
	every lacking in [{}, {"kind": "path"}, object.remove(example.sql, ["deny_tables"])] {
		_from_grant in example.reasons(_call, example.constraining("read_file", lacking))
	}
}

test_policy_unusable_where_a_limit_is_none if {
	every limit in [{}, {"calls_per_minute": "5"}, {"calls_per_minute": 0}, {"calls_per_minute": null}] {
		limited := object.union(_granted, {"rate_limits": {"tools": {"read_file": limit}}})
		_code("policy_unusable") in example.reasons(_call, limited)
	}
}

test_policy_unusable_is_never_softened if {
	every field in ["access", "exact", "scoped", "timeout_seconds", "constraints"] {
		lacking := example.granting({"read_file": object.remove(example.grant, [field])})
		_from_grant in example.reasons(_call, example.monitoring(lacking))
	}
}

test_method_unknown if {
	every method in ["tools/list", "TOOLS/CALL", "", "resources/list"] {
		example.reasons(example.asking(method, "tool", "read_file"), _granted) == {_code("method_unknown")}
	}
}

test_method_unknown_for_this_kind_of_thing if {
	every kind in ["resource", "prompt", "table", ""] {
		asked := example.asking("tools/call", kind, "read_file")
		_code("method_unknown") in example.reasons(asked, _granted)
		not _code("policy_unusable") in example.reasons(asked, _granted)
	}
	example.reasons(example.asking("prompts/get", "tool", "read_file"), _granted) == {_code("method_unknown")}
}

_from_grant := object.union(_code("policy_unusable"), {"source": {"line": 1, "text": "grant"}})
