package mcp.authz.deny_by_default_test

import data.mcp.lib.example_test as example

test_arguments_malformed if {
	every arguments in [null, false, [], "docs/a.md", 1] {
		asked := example.put(_call, ["resource", "properties", "arguments"], arguments)
		example.reasons(asked, example.constraining("read_file", example.path)) == {_code("arguments_malformed")}
		example.reasons(asked, _granted) == {_code("arguments_malformed")}
	}
}

test_schema_invalid if {
	example.reasons(example.knowing(_call, {"schema": "invalid"}), _granted) == {_code("schema_invalid")}
}

test_schema_unknown if {
	every verdict in ["unknown", "", "VALID"] {
		example.reasons(example.knowing(_call, {"schema": verdict}), _granted) == {_code("schema_unknown")}
	}
}

test_schema_unknown_where_the_policy_has_one_that_was_not_applied if {
	schemed := object.union(_granted, {"schemas": {"tools": {"read_file": {"schema": "{}"}}}})
	example.reasons(_call, schemed) == {_code("schema_unknown")}
	example.permits(example.knowing(_call, {"schema": "valid"}), schemed) == ["read_only.permitted"]
}

test_value_unsafe if {
	every value in ["../a", "a/", "a\\b", 1, null, ["a"]] {
		example.reasons(_completing({"name": "topic", "value": value}), _prompting) == {_code("value_unsafe")}
	}
	example.reasons(_completing({"name": "topic"}), _prompting) == {_code("value_unsafe")}
}

test_a_value_that_is_empty_or_canonical if {
	every value in ["", "a", "a/b"] {
		example.permits(_completing({"name": "topic", "value": value}), _prompting) == ["deny_by_default.granted"]
	}
}

_completing(arguments) := example.put(
	example.asking("completion/complete", "prompt", "summarise"),
	["resource", "properties", "arguments"], arguments,
)

_prompting := example.put(_granted, ["actors", "agent", "prompts"], example.names({"summarise": {"source": {}}}))
