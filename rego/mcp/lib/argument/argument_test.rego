package mcp.lib.argument_test

import data.mcp.lib.argument
import data.mcp.lib.example_test as example

_default := {"named": null}

_named(list) := {"named": list}

test_arguments_are_named_or_left_to_default if {
	argument.whole({"named": null})
	argument.whole({"named": [["path"]]})
	not argument.whole({})
	not argument.whole({"named": "path"})
}

test_every_default_name_that_is_there if {
	_read(_default, "path", {"path": "a", "source": "b", "other": "c"}) == {"/path": "a", "/source": "b"}
	_read(_default, "sql", {"sql": "a", "query": 1, "path": "b"}) == {"/sql": "a", "/query": 1}
	_read(_default, "content", {"text": {}}) == {"/text": {}}
}

test_a_default_name_of_a_list if {
	_read(_default, "path", {"paths": ["a", "b"], "path": "c"}) == {"/paths/0": "a", "/paths/1": "b", "/path": "c"}
	_read(_default, "url", {"urls": ["a"]}) == {"/urls/0": "a"}
}

test_a_list_that_is_empty_or_none_can_not_be_read if {
	every given in [[], "a", {}, null, 1] { _read(_default, "path", {"paths": given}) == {"/paths": null} }
}

test_nothing_is_there if {
	_read(_default, "path", {"other": "a"}) == {}
	_read(_default, "content", {}) == {}
}

test_named_arguments_are_exactly_those if {
	_read(_named([["where"]]), "path", {"where": "a", "path": "b"}) == {"/where": "a"}
	_read(_named([["edits", "*", "text"]]), "content", {"edits": [{"text": "a"}, {"text": "b"}]}) == {
		"/edits/0/text": "a",
		"/edits/1/text": "b",
	}
}

test_a_named_argument_that_is_missing_can_not_be_read if {
	_read(_named([["where"], ["path"]]), "path", {"path": "b"}) == {"/where": null, "/path": "b"}
	_read(_named([["edits", "*", "text"]]), "content", {"edits": [{"text": "a"}, {}]}) == {"/edits/*/text": null}
	_read(_named([]), "path", {"path": "a"}) == {}
}

test_the_segments_of_default_names if {
	{segments | some segments in _segments(_default, "path")} == {["path"], ["source"], ["paths", "*"]}
	{segments | some segments in _segments(_default, "url")} == {["url"], ["urls", "*"]}
	{segments | some segments in _segments(_default, "sql")} == {["sql"], ["query"]}
}

test_the_segments_of_named_arguments if {
	argument.segments(_named([["a", "*"]]), "path") == [["a", "*"]]
}

test_a_pointer_is_written_with_escapes if {
	argument.written(["a/b", "c~d", "*"]) == "/a~1b/c~0d/*"
	argument.written([]) == ""
}

test_text_is_a_string_or_was_one if {
	_text("/a", "x", {})
	_text("/a", {}, {"/a": {"bytes": 5000, "sha256": ""}})
	not _text("/a", {}, {"/b": {"bytes": 5000, "sha256": ""}})
	not _text("/a", {"b": 1}, {"/a": {"bytes": 5000, "sha256": ""}})
	not _text("/a", null, {})
	not _text("/a", 1, {})
}

test_readable_values if {
	argument.readable({"/a": "x", "/b": ""})
	not argument.readable({})
	not argument.readable({"/a": "x", "/b": 1}) with input as example.call
	argument.unreadable({"/a": "x", "/b": ""}) == set()
}

test_where_a_value_is_unreadable if {
	argument.unreadable({}) == {null}
	argument.unreadable({"/a": "x", "/b": 1, "/c": null}) == {"/b", "/c"} with input as example.call
}

_read(args, kind, arguments) := values if {
	asked := example.calling("read_file", arguments)
	values := argument.read(args, kind) with input as asked with data.mcp.policy as example.policy
}

_segments(args, kind) := found if {
	found := argument.segments(args, kind) with data.mcp.policy as example.policy
}

_text(place, value, elided) if {
	argument.text(place, value) with input as example.knowing(example.call, {"elided": elided})
}
