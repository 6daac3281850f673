package mcp.lib.constraint.sql_test

import data.mcp.lib.constraint.sql
import data.mcp.lib.example_test as example

_fact := {
	"known": true,
	"operations": ["SELECT"],
	"tables": [{"name": "hr.people", "last": "people"}],
	"functions": [],
	"rows": 10,
}

test_a_statement_that_keeps_the_constraint if {
	_permits({}, {})
	_permits({"operations": {"SELECT": true, "INSERT": true}}, {"operations": ["INSERT", "SELECT"]})
	_permits({"functions": {"refresh": true}}, {"functions": ["refresh"]})
	_permits({"allow_tables": {"hr.people": true}}, {})
	_permits({"deny_tables": {"salaries": true}}, {})
	_permits({"max_rows": 10}, {})
	_permits({}, {"tables": []})
}

test_a_statement_that_was_too_long_to_be_sent_is_judged_by_its_fact if {
	asked := example.knowing(example.calling("read_file", {"sql": {}}), {
		"sql": {"any": {"/sql": _fact}},
		"elided": {"/sql": {"bytes": 5000, "sha256": ""}},
	})
	example.permits(asked, _policy({})) == ["read_only.permitted"]
}

test_sql_missing if {
	_reasons_of({}) == {{"code": "read_only.sql_missing"}}
	every given in [null, 1, {}, ["SELECT 1"]] {
		_reasons_of({"sql": given}) == {{"code": "read_only.sql_missing", "argument": "/sql"}}
	}
}

test_sql_unknown_where_it_was_not_understood if {
	_reasons({}, {"known": false}) == {_reason("sql_unknown")}
	_reasons({"dialect": "postgres"}, {}) == {_reason("sql_unknown")}
}

test_sql_unknown_where_the_fact_is_not_whole if {
	every field in object.keys(_fact) {
		asked := _asked(object.remove(_fact, [field]))
		example.reasons(asked, _policy({})) == {_reason("sql_unknown")}
	}
	every changed in [
		{"operations": "SELECT"}, {"functions": null}, {"rows": "1"}, {"tables": {"a": {"name": "a", "last": "a"}}},
		{"tables": [{"name": "a"}]}, {"tables": [{"last": "a"}]}, {"tables": [{"name": null, "last": "a"}]},
	] {
		_reasons({}, changed) == {_reason("sql_unknown")}
	}
}

test_operation_not_allowed if {
	_reasons({}, {"operations": ["DELETE", "SELECT"]}) == {_reason("operation_not_allowed")}
	_reasons({}, {"operations": []}) == {_reason("operation_not_allowed")}
}

test_function_not_allowed if {
	_reasons({"functions": {"refresh": true}}, {"functions": ["pg_sleep", "refresh"]}) == {_reason("function_not_allowed")}
}

test_table_not_allowed if {
	_reasons({"allow_tables": {"people": true}}, {}) == {_reason("table_not_allowed")}
	_reasons({"allow_tables": {}}, {}) == {_reason("table_not_allowed")}
}

test_of_a_statement_that_was_not_understood_nothing_else_is_said if {
	strict := {"allow_tables": {}, "deny_tables": {"people": true}, "operations": {}, "max_rows": 1}
	_reasons(strict, {"known": false, "functions": ["pg_sleep"]}) == {_reason("sql_unknown")}
}

test_table_denied if {
	_reasons({"deny_tables": {"people": true}}, {}) == {_reason("table_denied")}
}

test_rows_not_limited if {
	_reasons({"max_rows": 10}, {"rows": null}) == {_reason("rows_not_limited")}
	_reasons({"max_rows": 10}, {"rows": 11}) == {_reason("rows_not_limited")}
}

test_rows_not_limited_by_an_argument if {
	limited := {"max_rows": 10, "limit_argument": ["limit"]}
	every limit in [1, 10] { _permits_limit(limited, limit) }
	every limit in [0, -1, 11, 1.5, "5", null, true, [5]] { not _permits_limit(limited, limit) }
	_reasons(limited, {"rows": null}) == {_reason("rows_not_limited")}
}

test_every_reason_and_its_line if {
	constraint := {
		"max_rows": 10,
		"deny_tables": {"people": true},
		"sources": {"max_rows": example.source("max_rows: 10")},
	}
	_reasons(constraint, {"rows": null}) == {
		_reason("table_denied"),
		object.union(_reason("rows_not_limited"), {"source": {"line": 1, "text": "max_rows: 10"}}),
	}
}

test_a_constraint_that_is_not_whole if {
	sql.whole(example.sql)
	_holds(example.sql)
	every field in object.keys(object.remove(example.sql, ["kind", "sources"])) {
		lacking := object.remove(example.sql, [field])
		not sql.whole(lacking)
		not _holds(lacking)
	}
}

_reason(code) := {"code": concat(".", ["read_only", code]), "argument": "/sql"}

_policy(changes) := example.constraining("read_file", object.union(example.sql, changes))

_asked(fact) := example.knowing(example.calling("read_file", {"sql": "SELECT"}), {"sql": {"any": {"/sql": fact}}})

_permits(changes, fact) if {
	example.permits(_asked(object.union(_fact, fact)), _policy(changes)) == ["read_only.permitted"]
}

_permits_limit(changes, limit) if {
	asked := _asked(object.union(_fact, {"rows": null}))
	limited := example.put(asked, ["resource", "properties", "arguments"], {"sql": "SELECT", "limit": limit})
	example.permits(limited, _policy(changes)) == ["read_only.permitted"]
}

_reasons(changes, fact) := example.reasons(_asked(object.union(_fact, fact)), _policy(changes))

_reasons_of(arguments) := example.reasons(example.calling("read_file", arguments), _policy({}))

_holds(constraint) if {
	sql.holds(constraint) with input as _asked(_fact) with data.mcp.policy as example.policy
}
