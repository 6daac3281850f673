package mcp.lib.path_test

import data.mcp.lib.path

_canonical(paths) := {text | some text in paths; path.canonical(text)}

test_what_is_no_path_is_not_canonical if {
	_canonical([null, true, 1, ["docs"], {}, ""]) == set()
}

test_ordinary_names_are_canonical if {
	names := {
		"docs/a.md", "/srv/data/a", "/", ".env", "..test", "te..st", "report_50%.pdf", "Q1_25%_growth", "café", "a:b",
		"my project (v2)/a", "%E4%BD%A0", "file%20name", "Screenshot 9.41.00\u202fAM.png", "…", "你好/こんにちは", "C++",
		"a~", "$RECYCLE", "❤\ufe0f.txt", "a%41", "%", "%2", "%zz", "100%25", "a;b", "smørrebrød", "عربي",
	}
	_canonical(names) == names
}

test_what_walks_or_ends_oddly_is_unsafe if {
	_canonical({
		".", "..", "../a", "a/..", "a/../b", "a/./b", "./a", "a//b", "//a", "a/", "a/.", "test..", "a.", "a ", "a /b",
		"a\u00a0", "a\u3000/b", "..\ufe0f", "...", "..;/a", ".;", "a/..;b", "..%bg%qf",
		"a/..?", "..#/b", "..*/b", "..:", "..&/b",
	}) == set()
}

test_what_other_systems_read_otherwise_is_unsafe if {
	_canonical({
		`a\b`, `\\host\share`, "~", "~/a", "~root", "C:", "C:/a", "c:/a", "/C:/a", "a::$DATA", "a:$I30",
	}) == set()
}

test_what_cannot_be_seen_or_looks_alike_is_unsafe if {
	_canonical({
		"a\u0000", "a\n", "a\u007f", "a\u0085", "\u200b", "a\u00ad", "\ufeff", "\u202e", "\u3164", "\u115f", "\udb40\udc41",
		"\uff0e\uff0e", "a\uff0fb", "a\uff3cb", "\u2024", "\u2025", "a\u2215b", "a\u2044b", "\u2105",
	}) == set()
}

test_no_encoding_hides_what_is_unsafe if {
	_canonical({
		"%2e%2e/a", "%2E%2e", "a%2fb", "a%2Fb", "%252e%252e", "%25252e", "%252525252e", "%%32%65", "%2%65", "a%20",
		"a%20/b", "%00", "a%0a", "%7f", "%7e/a", "a%5cb", "C%3a/a", "a%3a%3aDATA", "%e2%80%8b", "%C2%AD", "%c2%85",
		"%ef%bc%8f", "%ef%bc%8e", "%c0%ae", "%C0%AF", "%c1%9c", "%e0%80%ae", "%f0%80%80%ae", "%f8%80%80%80%ae",
		"%u002e", "%uff0e", "%25u002e",
	}) == set()
}

test_a_path_has_a_longest_length if {
	eight_by_eight := replace("aaaaaaaa", "a", "aaaaaaaa")
	longest := replace(eight_by_eight, "a", eight_by_eight)
	path.canonical(longest)
	not path.canonical(concat("", [longest, "9"]))
}
