package mcp.lib.constraint_test

import data.mcp.lib.constraint
import data.mcp.lib.example_test as example

_kinds := [example.path, example.size, example.sql, example.url, example.plain]

_arguments := {"path": "docs/a.md", "content": "a", "sql": "SELECT", "url": "https://example.com", "job": "nightly"}

_facts := {
	"sizes": {"/content": 1},
	"sql": {"any": {"/sql": {"known": true, "operations": ["SELECT"], "tables": [], "functions": [], "rows": 1}}},
	"url": {"/url": {
		"known": true, "scheme": "https", "host": "example.com", "port": 443, "default_port": true,
		"class": "public",
	}},
}

test_constraints_of_every_kind_hold_and_are_whole if {
	_hold(_kinds)
	_whole(_kinds)
	_hold([])
	_whole([])
}

test_each_constraint_counts if {
	every kind in _kinds {
		lacking := object.remove(kind, ["arguments"])
		not _hold(array.concat(_kinds, [lacking]))
		not _whole(array.concat(_kinds, [lacking]))
	}
}

test_a_kind_that_is_not_known if {
	every unknown in [{"kind": "time"}, {}, {"kind": null}] {
		not _hold([unknown])
		not _whole([unknown])
	}
}

test_a_constraint_is_judged_as_what_it_says_it_is_alone if {
	every kind in _kinds {
		other := object.union(kind, {"kind": "time"})
		not _hold([other])
		not _whole([other])
	}
}

test_a_grant_that_is_not_whole if {
	not constraint.whole(object.remove(example.grant, ["scoped"]))
	not constraint.whole(object.union(example.grant, {"access": "any"}))
}

test_what_every_kind_has_against_the_call if {
	granted := object.union(example.grant, {"constraints": _kinds})
	policy_data := example.granting({"read_file": granted})
	asked := example.calling("read_file", {"job": 1})
	findings := constraint.findings with input as asked with data.mcp.policy as policy_data
	{finding.reason | some finding in findings} == {
		{"code": "read_only.path_missing"},
		{"code": "read_only.content_missing"},
		{"code": "read_only.sql_missing"},
		{"code": "read_only.url_missing"},
		{"code": "read_only.argument_not_plain", "argument": "/job"},
	}
}

_hold(constraints) if {
	granted := object.union(example.grant, {"constraints": constraints})
	asked := example.knowing(example.calling("read_file", _arguments), _facts)
	constraint.hold(granted) with input as asked with data.mcp.policy as example.policy
}

_whole(constraints) if constraint.whole(object.union(example.grant, {"constraints": constraints}))
