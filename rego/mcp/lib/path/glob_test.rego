package mcp.lib.path_test

import data.mcp.lib.path

# README.md docs/** src/*.py src/**/test_*.py **/.env **/*.key **/.git/** **/*secret*/** a/*/b
_index := {
	"exact": {"./README.md": true},
	"levels": [
		[1, {".": [
			false, {".env": [""]}, {".git": [""]}, null,
			[[], [[4, {"yek.": [""]}]]],
			[[[0, {"": [["secret", "", ""]]}]], []],
		]}],
		[2, {
			"./docs": [true, {}, {}, null, null, null],
			"./src": [false, {}, {}, [[], [[3, {"yp.": [""]}]]], [[[5, {"test_": [["", ".py", ""]]}]], []], null],
			"./a": [false, {}, {"b": [`(?s)\A\x{2e}/a/[^/]+/b\z`]}, null, null, null],
		}],
	],
	"folds": {},
	"encoded": {},
}

# **/café: every form of its é
_folding := {
	"exact": {},
	"levels": [[1, {".": [false, {"café": [""]}, {}, null, null, null]}]],
	"folds": {"É": "é", "è": "é"},
	"encoded": {"%c3%a9": "é", "%c3%89": "é"},
}

_matched(paths) := {text | some text in paths; path.match(_index, text)}

_clear(index, paths) := {text | some text in paths; path.clear(index, text)}

test_a_path_is_matched_by_its_text_its_folders_and_its_names if {
	covered := {
		"README.md", "docs", "docs/a", "docs/a/b", ".env", "x/.env", "a.key", "x/.key", "a/c/b",
		".git", ".git/config", "x/.git/y/z", "src/a.py", "src/test_.py", "src/x/test_a.py", "a/my_secrets/x", "secret",
	}
	_matched(covered) == covered
}

test_what_only_resembles_a_pattern_is_not_matched if {
	_matched({
		"readme.md", "READMEx", "docsx", "doc", "xdocs/a", ".envx", "a.keys", "key", "/docs", "/.env",
		"src/x/a.py", "src/test_py", "src", "a/b", "a/c/d/b", "a/c/bb", "git/x", "secre/t", "", "/",
	}) == set()
}

test_a_pattern_s_regex_is_asked_wherever_the_pattern_stands if {
	regex_of_x := `(?s)\A\x{2e}/x/.*\z`
	every node in [
		[false, {"a": [regex_of_x]}, {}, null, null, null],
		[false, {}, {"a": [regex_of_x]}, null, null, null],
		[false, {}, {}, null, [[], [[1, {"a": [regex_of_x]}]]], null],
		[false, {}, {}, null, [[[1, {"a": [["", "", regex_of_x]]}]], []], null],
	] {
		index := object.union(_index, {"exact": {}, "levels": [[1, {".": node}]]})
		path.match(index, "x/a")
		not path.match(index, "y/a")
	}
}

test_a_star_is_no_name_at_all if {
	any_name := [[[0, {"": [["", "", ""]]}]], []]
	every node in [
		[false, {}, {}, any_name, null, null], [false, {}, {}, null, any_name, null],
		[false, {}, {}, null, null, any_name],
	] {
		index := object.union(_index, {"exact": {}, "levels": [[1, {".": node}]]})
		path.match(index, "a")
		not path.match(index, "")
	}
}

test_what_is_no_path_is_neither_matched_nor_clear if {
	values := [null, 1, true, ["docs"], {"docs": true}]
	_matched(values) == set()
	_clear(_index, values) == set()
}

test_a_path_is_clear_where_no_reading_is_denied if {
	_clear(_index, {
		"x/.ENV", "x/%2eenv", "x/%252Eenv", "A.KEY", "a.\u212aey", "docs/%41", "x/.%65nv", "\u017fecret/x",
	}) == set()
	clear := {"x/env", "%2", "x/a.keys", "50%.md"}
	_clear(_index, clear) == clear
}

test_letters_beyond_ascii_are_denied_in_every_form if {
	_clear(_folding, {"café", "CAFÉ", "cafè", "caf%C3%A9", "CAF%c3%89", "caf%25c3%25a9"}) == set()
	_clear(_folding, {"cafe", "caf%c3%a8"}) == {"cafe", "caf%c3%a8"}
}

test_encoded_letters_that_fold_into_ascii_are_denied if {
	index := object.union(_index, {"encoded": {"%e2%84%aa": "k"}})
	not path.clear(index, "a.%E2%84%AAey")
}

test_nothing_is_clear_without_end_to_its_decoding if {
	not path.clear(_index, "%252525252e")
}

test_nothing_is_clear_of_an_index_that_is_not_whole if {
	every key in ["exact", "levels", "folds", "encoded"] {
		not path.clear(object.remove(_index, [key]), "x")
		not path.clear(object.union(_index, {key: 0}), "x")
	}
}

test_a_template_lies_under_a_folder_that_is_covered_wholly if {
	prefixes := {"docs/", "docs/a", "docs/a/"}
	{text | some text in prefixes; path.under(_index, text)} == prefixes
}

test_no_template_lies_under_less if {
	{text | some text in {"docs", "doc", "", "src/", "x/", "/docs/", null}; path.under(_index, text)} == set()
}
