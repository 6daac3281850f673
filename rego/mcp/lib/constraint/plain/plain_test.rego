package mcp.lib.constraint.plain_test

import data.mcp.lib.constraint.plain
import data.mcp.lib.example_test as example

test_a_value_that_is_plain_null_or_absent if {
	every given in [{"job": "nightly"}, {"job": null}, {}, {"other": "$(x)"}] { _permits([["job"]], given) }
}

test_values_in_lists_and_objects if {
	_permits([["jobs", "*"]], {"jobs": ["a", "b"]})
	_permits([["jobs", "*"]], {"jobs": []})
	_permits([["jobs", "*"]], {"jobs": null})
	_permits([["job", "name"]], {"job": {"name": "a", "more": "$(x)"}})
}

test_argument_not_plain if {
	every given in ["a; b", "-rf", "$(x)", 1, ["a"], {}] {
		_reasons([["job"]], {"job": given}) == {{"code": "read_only.argument_not_plain", "argument": "/job"}}
	}
}

test_argument_not_plain_in_a_list if {
	_reasons([["jobs", "*"]], {"jobs": ["a", "$(x)"]}) == {{
		"code": "read_only.argument_not_plain",
		"argument": "/jobs/*",
	}}
}

test_argument_not_plain_where_a_text_stands_in_a_list_s_or_an_object_s_place if {
	every given in ["$(x)", {"0": "$(x)"}, 1] { _refused([["jobs", "*"]], {"jobs": given}) }
	every given in ["$(x)", ["$(x)"]] { _refused([["job", "name"]], {"job": given}) }
}

test_argument_not_plain_where_it_was_too_long_to_be_sent if {
	elided := {"elided": {"/job": {"bytes": 5000, "sha256": ""}}}
	asked := example.knowing(example.calling("read_file", {"job": {}}), elided)
	every segments in [["job"], ["job", "name"]] {
		example.reasons(asked, _policy([segments])) == {{
			"code": "read_only.argument_not_plain",
			"argument": concat("/", array.concat([""], segments)),
		}}
	}
}

test_a_constraint_that_is_not_whole if {
	plain.whole(example.plain)
	lacking := object.remove(example.plain, ["arguments"])
	not plain.whole(lacking)
	not plain.holds(lacking)
	every arguments in [{}, {"a": ["job"]}] { not plain.holds({"arguments": arguments}) with input as example.call }
	plain.holds({"arguments": []}) with input as example.call
}

_policy(named) := example.constraining("read_file", object.union(example.plain, {"arguments": named}))

_permits(named, arguments) if {
	example.permits(example.calling("read_file", arguments), _policy(named)) == ["read_only.permitted"]
}

_reasons(named, arguments) := example.reasons(example.calling("read_file", arguments), _policy(named))

_refused(named, arguments) if {
	{reason.code | some reason in _reasons(named, arguments)} == {"read_only.argument_not_plain"}
}
