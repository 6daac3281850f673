package mcp.lib.path_test

import data.mcp.lib.path

_extensions := {".md": true, ".gz": true}

_allowed(paths) := {text | some text in paths; path.allowed_extension(_extensions, text)}

_undenied(paths) := {text | some text in paths; path.clear_extension(_extensions, text)}

test_the_last_suffix_is_the_extension if {
	_allowed({"a.md", "d.x/a.md", "a.tar.gz", "..md"}) == {"a.md", "d.x/a.md", "a.tar.gz", "..md"}
	_allowed({".md", "md", "a.MD", "a.md/b", "a.txt", "a.md.txt", "d/.md", "", "/", null}) == set()
}

test_an_extension_is_the_last_suffix_whole if {
	every extension in [".tar.gz", "gz", "z", "r.gz"] {
		not path.allowed_extension({extension: true}, "a.tar.gz")
		path.clear_extension({extension: true}, "a.tar.gz")
	}
}

test_no_case_or_encoding_hides_a_denied_extension if {
	_undenied({"a.md", "a.MD", "a%2emd", "a.%6Dd", "a.%256dd", null, "%252525252e"}) == set()
	_undenied({".md", "a.txt", "md", "50%"}) == {".md", "a.txt", "md", "50%"}
}

test_nothing_denied_denies_no_path if {
	path.clear_extension({}, "a.md")
	not path.clear_extension({}, null)
	not path.clear_extension(null, "a.md")
}
