package mcp.lib.grant_test

import data.mcp.lib.example_test as example
import data.mcp.lib.grant

_call := example.calling("read_file", {})

test_the_grants_of_each_holder_that_has_some if {
	policy_data := object.union(example.granting({"read_file": example.grant}), {
		"actors": {"agent": {"groups": ["empty", "writers"]}},
		"groups": {
			"empty": example.holder,
			"writers": object.union(example.holder, {"grants": example.names({"read_file": _write})}),
		},
	})
	_matched(_call, policy_data) == [[example.grant], [_write]]
}

test_only_tools_have_grants if {
	prompt := example.asking("prompts/get", "prompt", "read_file")
	_matched(prompt, example.granting({"read_file": example.grant})) == []
}

test_a_pattern_that_reads_does_not_reach_a_write_verb if {
	pattern := object.union(example.grant, {"exact": false})
	_matching("write_file", pattern) == []
	_matching("read_file", pattern) == [pattern]
	_matching("write_file", example.grant) == [example.grant]
	_matching("write_file", object.union(pattern, {"access": "name"})) == [object.union(pattern, {"access": "name"})]
}

test_a_stated_access_names_the_judge if {
	_judge("write_file", example.grant) == "read_only"
	_judge("read_file", _write) == "scoped_write"
}

test_an_unstated_access_is_judged_by_the_name if {
	_judge("read_file", object.union(example.grant, {"access": "name"})) == "read_only"
	_judge("write_file", object.union(example.grant, {"access": "name"})) == "scoped_write"
	_judge("file", object.union(example.grant, {"access": "name"})) == "scoped_write"
}

test_an_access_that_is_none_has_no_judge if {
	not _judge("read_file", object.union(example.grant, {"access": "any"}))
	not _judge("read_file", object.remove(example.grant, ["access"]))
}

test_a_whole_grant if {
	_whole(example.grant)
	_whole(object.union(example.grant, {"timeout_seconds": 5}))
}

test_a_grant_that_is_not_whole if {
	every field in ["access", "exact", "scoped", "timeout_seconds", "constraints"] {
		not _whole(object.remove(example.grant, [field]))
		not _whole(object.union(example.grant, {field: {}}))
	}
	not _whole(object.union(example.grant, {"timeout_seconds": 0}))
}

test_where_a_grant_comes_from if {
	grant.source(example.grant) == {"line": 1, "text": "grant"}
	grant.source({}) == null
}

test_each_constraint_and_its_judge if {
	granted := object.union(example.grant, {"constraints": [example.path, example.size]})
	_judged(_call, example.granting({"read_file": granted})) == {
		{"policy": "read_only", "constraint": example.path},
		{"policy": "read_only", "constraint": example.size},
	}
}

test_constraints_have_nothing_to_say_of_arguments_that_are_no_object if {
	granted := object.union(example.grant, {"constraints": [example.path]})
	_judged(example.calling("read_file", []), example.granting({"read_file": granted})) == set()
}

_write := object.union(example.grant, {"access": "write", "scoped": true})

_matched(asked, policy_data) := found if {
	found := grant.matched with input as asked with data.mcp.policy as policy_data
}

_matching(tool, granted) := found if {
	found := grant.matching(["actors", "agent"], null, tool) with data.mcp.policy as example.granting({tool: granted})
}

_judge(tool, granted) := policy if {
	policy := grant.judge(granted) with input as example.calling(tool, {}) with data.mcp.policy as example.policy
}

_judged(asked, policy_data) := found if {
	found := grant.judged with input as asked with data.mcp.policy as policy_data
}

_whole(granted) if grant.whole(granted)
