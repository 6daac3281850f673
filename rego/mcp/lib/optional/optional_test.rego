package mcp.lib.optional_test

import data.mcp.lib.optional

test_null_is_of_every_optional_type if {
	optional.list(null)
	optional.map(null)
	optional.number(null)
	optional.text(null)
}

test_each_takes_its_own_type if {
	[value | some value in _values; optional.list(value)] == [null, []]
	[value | some value in _values; optional.map(value)] == [null, {}]
	[value | some value in _values; optional.number(value)] == [null, 0]
	[value | some value in _values; optional.text(value)] == [null, ""]
}

_values := [null, false, true, [], {}, 0, ""]
