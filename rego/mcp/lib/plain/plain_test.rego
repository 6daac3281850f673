package mcp.lib.plain_test

import data.mcp.lib.plain

test_ordinary_text_is_plain if {
	every value in [null, "", "a-b_c", "main", "feature/x", "héllo wörld", "a=b,c@d:e", "50%", "~1", "你好"] {
		plain.plain(value)
	}
}

test_what_a_shell_reads_is_not_plain if {
	every character in split("; & | < > $ ` \\ ' \" ( ) { } * ? [ ] ! #", " ") {
		not plain.plain(concat("", ["a", character, "b"]))
	}
}

test_control_characters_and_options_are_not_plain if {
	every value in ["a\nb", "a\tb", "a\u0000b", "\u007f", "é\u0085", "\u001b[0m", "-rf", "--"] {
		not plain.plain(value)
	}
}

test_what_is_no_text_is_not_plain if {
	every value in [0, 1, true, false, [], ["a"], {}] {
		not plain.plain(value)
	}
}
