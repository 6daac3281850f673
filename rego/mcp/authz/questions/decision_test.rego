package mcp.authz.questions_test

import data.mcp.lib.example_test as example

_timed(seconds) := object.union(example.grant, {"timeout_seconds": seconds})

_group(granted) := object.union(example.holder, {"grants": example.names({"read_file": granted})})

_refusing := object.union(_timed(1), {"constraints": [example.path]})

_call := example.calling("read_file", {})

test_a_whole_allow if {
	example.decision(_call, example.granting({"read_file": _timed(30)})) == {
		"version": 1,
		"id": "id-1",
		"revision": "revision-1",
		"effect": "ALLOW",
		"allow": true,
		"rule": "read_only.permitted",
		"permits": ["read_only.permitted"],
		"reasons": [],
		"would_deny": [],
		"obligations": {"timeout_seconds": 30, "rate_limit": null, "log": true, "alert": false},
	}
}

test_a_whole_refusal if {
	example.decision(_call, example.policy) == {
		"version": 1,
		"id": "id-1",
		"revision": "revision-1",
		"effect": "DENY",
		"allow": false,
		"rule": "deny_by_default.no_grant",
		"permits": [],
		"reasons": {{"code": "deny_by_default.no_grant"}},
		"would_deny": [],
		"obligations": {"timeout_seconds": null, "rate_limit": null, "log": true, "alert": true},
	}
}

test_a_refusal_without_any_data if {
	answer := example.decision(_call, {})
	answer.revision == "none"
	answer.rule == "deny_by_default.policy_unusable"
	answer.obligations == {"timeout_seconds": null, "rate_limit": null, "log": true, "alert": true}
}

test_no_answer_without_an_id if {
	not example.decision(object.remove(_call, ["id"]), example.policy)
	not example.decision(object.union(_call, {"id": 1}), example.policy)
}

test_the_rule_is_the_first_of_several_reasons if {
	asked := example.knowing(example.calling("list_files", []), {"schema": "invalid"})
	example.decision(asked, example.policy).rule == "deny_by_default.arguments_malformed"
}

test_one_holder_that_permits_is_enough if {
	policy_data := object.union(example.granting({"read_file": _refusing}), {
		"actors": {"agent": {"groups": ["readers"]}},
		"groups": {"readers": _group(_timed(9))},
	})
	answer := example.decision(_call, policy_data)
	answer.permits == ["read_only.permitted"]
	answer.reasons == []
	answer.obligations.timeout_seconds == 9
}

test_every_grant_of_a_level_must_permit if {
	policy_data := example.put(example.policy, ["actors", "agent", "grants"], {
		"servers": {},
		"tools": {},
		"patterns": [["read_*", null, ["read_", "", "", ""]], ["*_file", null, ["", "", "_file", ""]]],
		"values": {"read_*": _timed(8), "*_file": _refusing},
		"named": {},
	})
	example.reasons(_call, policy_data) == {{"code": "read_only.path_missing"}}
	example.permits(example.calling("read_file", {"path": "a"}), policy_data) == [
		"read_only.permitted",
		"read_only.permitted",
	]
}

test_the_strictest_of_all_grants_that_permit if {
	policy_data := object.union(example.granting({"read_file": _timed(30)}), {
		"actors": {"agent": {"groups": ["a", "b", "c"]}},
		"groups": {"a": _group(_timed(9)), "b": _group(_timed(null)), "c": _group(_refusing)},
	})
	example.decision(_call, policy_data).obligations.timeout_seconds == 9
}

test_the_least_of_all_rate_limits if {
	policy_data := object.union(example.granting({"read_file": example.grant}), {"rate_limits": {
		"servers": {"files": {"read_file": {"calls_per_minute": 7}}},
		"tools": {"read_file": {"calls_per_minute": 5}},
	}})
	example.decision(_call, policy_data).obligations.rate_limit == 5
}

test_a_refusal_of_what_can_not_be_read_names_no_limit if {
	limited := object.union(example.granting({"read_file": _refusing}), {
		"actors": {"agent": {"groups": ["readers"]}},
		"groups": {"readers": _group(_timed(9))},
		"rate_limits": {"tools": {"read_file": {"calls_per_minute": 5}}},
	})
	example.decision(object.union(_call, {"more": 1}), limited).obligations == {
		"timeout_seconds": 1, "rate_limit": null, "log": true,
		"alert": true,
	}
}

test_no_alert_where_the_policy_wants_none if {
	quiet := object.union(example.policy, {"alert_on_deny": false})
	example.decision(_call, quiet).obligations.alert == false
}

test_a_write_is_permitted_by_its_own_policy if {
	granted := object.union(example.grant, {"access": "write", "scoped": true})
	example.permits(_call, example.granting({"read_file": granted})) == ["scoped_write.permitted"]
}

test_a_monitored_call_keeps_its_timeout_and_limit if {
	refusing := object.union(_timed(20), {"access": "write"})
	policy_data := example.monitoring(object.union(example.granting({"read_file": refusing}), {"rate_limits": {"tools": {
		"read_file": {"calls_per_minute": 3},
	}}}))
	answer := example.decision(_call, policy_data)
	answer.effect == "LOG_AND_ALLOW"
	answer.obligations == {"timeout_seconds": 20, "rate_limit": 3, "log": true, "alert": true}
}
