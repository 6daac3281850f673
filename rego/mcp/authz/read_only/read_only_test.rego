package mcp.authz.read_only_test

import data.mcp.authz.read_only
import data.mcp.lib.example_test as example

_read := object.union(example.grant, {"constraints": [example.path]})

_write := object.union(_read, {"access": "write", "scoped": true})

test_permitted_to_read if {
	_permitted(_read, {"path": "a"})
	_permitted(example.grant, {})
}

test_a_grant_whose_constraint_does_not_hold if {
	not _permitted(_read, {"path": "../a"})
}

test_a_grant_to_write_is_not_judged_here if {
	not _permitted(_write, {"path": "a"})
}

test_a_grant_that_is_not_whole if {
	not _permitted(object.remove(_read, ["timeout_seconds"]), {"path": "a"})
}

test_findings_are_those_of_grants_to_read if {
	_findings(_read) == {{
		"policy": "read_only",
		"soft": false,
		"reason": {"code": "read_only.path_unsafe", "argument": "/path"},
	}}
	_findings(_write) == set()
}

_permitted(granted, arguments) if {
	asked := example.calling("read_file", arguments)
	read_only.permitted(granted) with input as asked with data.mcp.policy as example.policy
}

_findings(granted) := found if {
	asked := example.calling("read_file", {"path": "../a"})
	found := read_only.findings with input as asked with data.mcp.policy as example.granting({"read_file": granted})
}
