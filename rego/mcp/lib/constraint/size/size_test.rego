package mcp.lib.constraint.size_test

import data.mcp.lib.constraint.size
import data.mcp.lib.example_test as example

test_content_up_to_the_limit if {
	_permits({"content": "0123456789"}, {"/content": 10})
	_permits({"content": ""}, {"/content": 0})
	_permits({"content": "01234", "text": "56789"}, {"/content": 5, "/text": 5})
}

test_what_else_was_measured_does_not_count if {
	_permits({"content": "01234", "other": "0123456789"}, {"/content": 5, "/other": 10})
}

test_content_that_was_too_long_to_be_sent_is_judged_by_its_size if {
	elided := {"elided": {"/content": {"bytes": 9000, "sha256": ""}}}
	asked := example.knowing(_asked({"content": {}}, {"/content": 9000}), elided)
	generous := object.union(example.size, {"max_bytes": 10000})
	example.permits(asked, example.constraining("read_file", generous)) == ["read_only.permitted"]
	example.reasons(asked, _policy) == {_exceeded}
}

test_content_missing_where_there_is_none if {
	_reasons({}, {}) == {{"code": "read_only.content_missing"}}
}

test_content_missing_where_it_is_no_string if {
	every given in [null, 1, ["a"], {"a": "b"}] {
		_reasons({"content": given}, {"/content": 1}) == {{"code": "read_only.content_missing", "argument": "/content"}}
	}
}

test_content_missing_where_it_was_not_measured if {
	_reasons({"content": "a"}, {}) == {{"code": "read_only.content_missing", "argument": "/content"}}
	_reasons({"content": "a"}, {"/content": "1"}) == {{"code": "read_only.content_missing", "argument": "/content"}}
}

test_size_exceeded if {
	_reasons({"content": "0123456789a"}, {"/content": 11}) == {_exceeded}
}

test_size_exceeded_together if {
	_reasons({"content": "012345", "text": "56789"}, {"/content": 6, "/text": 5}) == {_exceeded}
}

test_a_constraint_that_is_not_whole if {
	size.whole(example.size)
	_holds(example.size)
	every field in ["arguments", "max_bytes"] {
		lacking := object.remove(example.size, [field])
		not size.whole(lacking)
		not _holds(lacking)
	}
	not _holds(object.union(example.size, {"max_bytes": "10"}))
	not _holds(object.union(example.size, {"arguments": {"named": {"a": ["content"]}}}))
	_holds(object.union(example.size, {"arguments": {"named": [["content"]]}}))
}

_exceeded := {"code": "read_only.size_exceeded"}

_policy := example.constraining("read_file", example.size)

_asked(arguments, sizes) := example.knowing(example.calling("read_file", arguments), {"sizes": sizes})

_permits(arguments, sizes) if example.permits(_asked(arguments, sizes), _policy) == ["read_only.permitted"]

_reasons(arguments, sizes) := example.reasons(_asked(arguments, sizes), _policy)

_holds(constraint) if {
	asked := _asked({"content": "a"}, {"/content": 1})
	size.holds(constraint) with input as asked with data.mcp.policy as example.policy
}
