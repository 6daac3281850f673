package mcp.lib.name_test

import data.mcp.lib.name

_patterns := [
	["git_*", null, ["git_", "", "", ""]],
	["*", null, ["", "", "", ""]],
	["box/*_file", "box", ["", "", "_file", ""]],
	["b*/read_*", ["b", "", "", ""], ["read_", "", "", ""]],
	["*/drop", ["", "", "", ""], "drop"],
	["a*b*c", null, ["a", "b", "c", ""]],
	["w*x*y*z", null, ["", "", "", `\Aw.*x.*y.*z\z`]],
]

_longest := replace("aaaaaaaa", "a", "sixteen_letters_")

test_a_name_is_1_to_128_letters_digits_and_three_marks if {
	every text in ["a", "read_file", "Get-X.9", _longest] {
		name.valid(text)
	}
	every text in ["", " a", "a b", "a/b", "é", "a\n", null, 1, ["a"], concat("", [_longest, "x"])] {
		not name.valid(text)
	}
}

test_every_entry_that_covers_the_tool_in_their_order if {
	name.covering(_patterns, "elsewhere", "git_log") == ["git_*", "*"]
	name.covering(_patterns, "box", "read_file") == ["*", "box/*_file", "b*/read_*"]
	name.covering(_patterns, "any", "drop") == ["*", "*/drop"]
}

test_an_entry_with_a_server_covers_no_call_without if {
	name.covering(_patterns, null, "read_file") == ["*"]
	name.covering(_patterns, 7, "read_file") == ["*"]
	name.covering(_patterns, ["b", "", "", ""], "read_file") == ["*"]
}

test_what_stands_between_two_stars_is_found_there_alone if {
	name.covering(_patterns, null, "abc") == ["*", "a*b*c"]
	name.covering(_patterns, null, "axbxc") == ["*", "a*b*c"]
	name.covering(_patterns, null, "ac") == ["*"]
	name.covering(_patterns, null, "w1x2y3z") == ["*", "w*x*y*z"]
	name.covering(_patterns, null, "wyxz") == ["*"]
}

test_what_is_no_list_or_no_name_is_not_looked_up if {
	not name.covering(null, null, "a")
	not name.covering(_patterns, null, null)
}

test_a_server_is_asked_for_where_an_entry_names_one if {
	name.server_asked(_patterns, "read_file")
	name.server_asked(_patterns, "drop")
	not name.server_asked(_patterns, "git_log")
	not name.server_asked(_patterns, null)
	not name.server_asked(_patterns, ["read_", "", "", ""])
}
