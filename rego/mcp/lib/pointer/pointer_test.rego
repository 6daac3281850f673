package mcp.lib.pointer_test

import data.mcp.lib.pointer

_arguments := {
	"path": "a", "none": null, "off": false, "a/b": {"c~d": 1}, "*": "star",
	"edits": [{"text": "x"}, {"text": "y", "more": 1}], "empty": [], "deep": {"x": [[1, 2], [3]]},
}

_digits := [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]

_hundred := [number | some tens in _digits; some ones in _digits; number := (10 * tens) + ones]

_ten_thousand := [number | some hundreds in _hundred; some rest in _hundred; number := (100 * hundreds) + rest]

test_a_pointer_reaches_what_is_there if {
	pointer.found(_arguments, ["path"]) == {"/path": "a"}
	pointer.found(_arguments, ["none"]) == {"/none": null}
	pointer.found(_arguments, ["off"]) == {"/off": false}
	pointer.found(_arguments, ["a/b", "c~d"]) == {"/a~1b/c~0d": 1}
	pointer.found(_arguments, ["edits", "*", "text"]) == {"/edits/0/text": "x", "/edits/1/text": "y"}
	pointer.found(_arguments, ["deep", "x", "*", "*"]) == {"/deep/x/0/0": 1, "/deep/x/0/1": 2, "/deep/x/1/0": 3}
}

test_what_is_not_there_is_not_found if {
	reaching_nothing := [
		["x"], ["path", "x"], ["edits", "0"], ["edits", "text"], ["empty", "*"], ["*"], ["path", "*"], ["a/b", "*"],
	]
	every segments in reaching_nothing {
		pointer.found(_arguments, segments) == {}
		not pointer.complete(_arguments, segments)
	}
}

test_a_pointer_is_complete_where_every_element_has_it if {
	whole := [["path"], ["off"], ["none"], ["a/b", "c~d"], ["edits", "*"], ["edits", "*", "text"], ["deep", "x", "*", "*"]]
	every segments in whole {
		pointer.complete(_arguments, segments)
	}
	pointer.found(_arguments, ["edits", "*", "more"]) == {"/edits/1/more": 1}
	not pointer.complete(_arguments, ["edits", "*", "more"])
}

test_an_element_of_a_long_array_has_its_number if {
	found := pointer.found({"a": _ten_thousand}, ["a", "*"])
	count(found) == 10000
	every text, value in {"/a/9": 9, "/a/10": 10, "/a/99": 99, "/a/100": 100, "/a/4321": 4321, "/a/9999": 9999} {
		found[text] == value
	}
}

test_an_array_that_is_too_long_is_not_read if {
	arguments := {"a": array.concat(_ten_thousand, ["one more"])}
	pointer.found(arguments, ["a", "*"]) == {}
	not pointer.complete(arguments, ["a", "*"])
}

test_a_pointer_goes_eight_deep_at_most if {
	arguments := {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}}
	pointer.complete(arguments, ["a", "a", "a", "a", "a", "a", "a", "a"])
	not pointer.complete(arguments, ["a", "a", "a", "a", "a", "a", "a", "a", "a"])
	not pointer.complete(arguments, [])
}

test_only_objects_are_arguments if {
	every arguments in [null, [], "a", 1, [{"path": "a"}]] {
		pointer.found(arguments, ["path"]) == {}
		pointer.found(arguments, ["*"]) == {}
		not pointer.complete(arguments, ["*"])
		not pointer.complete(arguments, ["*", "path"])
	}
}
