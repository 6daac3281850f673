package mcp.authz.deny_by_default_test

import data.mcp.authz.deny_by_default
import data.mcp.lib.example_test as example

_monitored := example.monitoring(example.constraining("read_file", object.union(example.path, {
	"allow": example.paths(["docs/a.md"]),
	"deny": example.paths([".env"]),
})))

_asking_for(path) := example.calling("read_file", {"path": path})

test_monitored if {
	answer := example.decision(_asking_for("notes/a.md"), _monitored)
	answer == {
		"version": 1,
		"id": "id-1",
		"revision": "revision-1",
		"effect": "LOG_AND_ALLOW",
		"allow": true,
		"rule": "deny_by_default.monitored",
		"permits": ["deny_by_default.monitored"],
		"reasons": [],
		"would_deny": {{"code": "read_only.path_not_allowed", "argument": "/path"}},
		"obligations": {"timeout_seconds": null, "rate_limit": null, "log": true, "alert": true},
	}
}

test_monitored_without_a_grant if {
	example.would_deny(example.calling("list_files", {}), _monitored) == {_code("no_grant")}
}

test_monitored_leaves_an_allow_as_it_is if {
	example.permits(_asking_for("docs/a.md"), _monitored) == ["read_only.permitted"]
}

test_monitored_softens_nothing_beside_a_hard_reason if {
	example.reasons(_asking_for(".env"), _monitored) == {
		{"code": "read_only.path_denied", "argument": "/path"},
		{"code": "read_only.path_not_allowed", "argument": "/path"},
	}
}

test_monitored_softens_nothing_that_stands_above_grants if {
	hard := [
		example.put(_call, ["subject", "id"], "stranger"),
		example.calling("a b", {}),
		example.asking("tools/list", "tool", "read_file"),
		example.knowing(_asking_for("notes/a.md"), {"schema": "invalid"}),
		example.calling("read_file", []),
		{"id": "id-1"},
	]
	every asked in hard { example.reasons(asked, _monitored) != set() }
}

test_monitored_is_silent_where_nothing_speaks_against_the_call if {
	asked := _asking_for("docs/a.md")
	not deny_by_default.monitored with input as asked with data.mcp.policy as _monitored
}

test_monitored_only_where_the_policy_says_so if {
	example.reasons(_asking_for("notes/a.md"), object.union(_monitored, {"default_action": "DENY"})) == {{
		"code": "read_only.path_not_allowed",
		"argument": "/path",
	}}
}

test_a_hard_reason_of_any_holder_refuses if {
	constraint := object.union(example.path, {"deny": example.paths(["notes/a.md"])})
	denying := object.union(example.grant, {"constraints": [constraint]})
	grouped := object.union(_monitored, {
		"actors": {"agent": {"groups": ["others"]}},
		"groups": {"others": object.union(example.holder, {"grants": example.names({"read_file": denying})})},
	})
	example.reasons(_asking_for("notes/a.md"), grouped) == {
		{"code": "read_only.path_denied", "argument": "/path"},
		{"code": "read_only.path_not_allowed", "argument": "/path"},
	}
}

test_unproven_where_nothing_speaks_against_the_call if {
	findings := deny_by_default.unproven with input as _call with data.mcp.policy as _granted
	findings == {{"policy": "deny_by_default", "soft": false, "reason": _code("unproven")}}
}

test_unproven_is_silent_where_there_is_another_reason if {
	findings := deny_by_default.unproven with input as example.calling("list_files", {}) with data.mcp.policy as _granted
	findings == set()
}
