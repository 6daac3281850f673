# METADATA
# description: The table of cases, as `python tests/cases/expand.py DIRECTORY` expands it into data.cases
package cases_test

import data.mcp.authz

test_case[sprintf("%s: %s", [table, row.case])] if {
	some table, expanded in data.cases
	some row in expanded.cases

	answer := authz.decision with input as row.input with data.mcp.policy as expanded.policy

	answer.id == row.input.id
	answer.effect == row.expected.expect
	_same(answer.reasons, row.expected.reasons)
	_same(answer.would_deny, row.expected.would_deny)
}

# null in a row leaves it open
_same(_, null)

_same(reasons, spelled) if {
	is_array(spelled)
	{_spelled(reason) | some reason in reasons} == {text | some text in spelled}
}

_spelled(reason) := trim_suffix(concat(" ", [reason.code, object.get(reason, "argument", "")]), " ")
