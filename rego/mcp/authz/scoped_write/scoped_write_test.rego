package mcp.authz.scoped_write_test

import data.mcp.authz.scoped_write
import data.mcp.lib.example_test as example

_write := object.union(example.grant, {"access": "write", "scoped": true, "constraints": [example.path]})

_unscoped := object.union(_write, {"scoped": false})

test_permitted_to_write if {
	_permitted(_write, {"path": "a"})
}

test_a_grant_whose_constraint_does_not_hold if {
	not _permitted(_write, {"path": "../a"})
}

test_a_grant_to_read_is_not_judged_here if {
	not _permitted(object.union(_write, {"access": "read"}), {"path": "a"})
}

test_a_grant_that_is_not_whole if {
	not _permitted(object.remove(_write, ["exact"]), {"path": "a"})
}

test_scope_missing if {
	not _permitted(_unscoped, {"path": "a"})
	example.reasons(example.calling("write_file", {"path": "a"}), example.granting({"write_file": _unscoped})) == {{
		"code": "scoped_write.scope_missing",
		"source": {"line": 1, "text": "grant"},
	}}
}

test_scope_missing_is_found_beside_the_rest_and_softened if {
	_findings(_unscoped) == {
		{
			"policy": "scoped_write",
			"soft": true,
			"reason": {"code": "scoped_write.scope_missing", "source": {"line": 1, "text": "grant"}},
		},
		{
			"policy": "scoped_write",
			"soft": false,
			"reason": {"code": "scoped_write.path_unsafe", "argument": "/path"},
		},
	}
}

test_findings_are_those_of_grants_to_write if {
	_findings(object.union(_unscoped, {"access": "read"})) == set()
}

_permitted(granted, arguments) if {
	asked := example.calling("write_file", arguments)
	scoped_write.permitted(granted) with input as asked with data.mcp.policy as example.policy
}

_findings(granted) := found if {
	asked := example.calling("write_file", {"path": "../a"})
	found := scoped_write.findings with input as asked with data.mcp.policy as example.granting({"write_file": granted})
}
