package mcp.lib.words_test

import data.mcp.lib.words

_vocabulary := {"read_verbs": {"read": true, "get": true}, "write_verbs": {"delete": true, "write": true}}

test_a_name_that_begins_with_a_read_verb_reads if {
	every name in ["read", "read_file", "getFile", "GET-x", "get.x", "_read_x", "ReadFile"] {
		words.access(_vocabulary, name) == "read"
	}
}

test_any_write_verb_writes if {
	every name in ["read_delete", "getAndDelete", "get-WRITE", "delete", "read.delete.x"] {
		words.access(_vocabulary, name) == "write"
		words.holds_write(_vocabulary, name)
	}
}

test_a_name_that_says_neither_writes if {
	every name in ["file", "file_read", "", "___", "reader", "HTTPget", null, 7] {
		words.access(_vocabulary, name) == "write"
	}
	not words.holds_write(_vocabulary, "undeleted_file")
}

test_without_a_vocabulary_everything_writes if {
	every broken in [{}, null, {"write_verbs": {}}, {"read_verbs": {"read": true}}, {"read_verbs": 1, "write_verbs": {}}] {
		words.access(broken, "read_file") == "write"
	}
	words.holds_write({"read_verbs": {}}, "read_file")
	words.holds_write({"write_verbs": 0}, "read_file")
	words.holds_write(null, "read_file")
	words.holds_write(_vocabulary, null)
}
