package mcp.lib.call_test

import data.mcp.lib.call
import data.mcp.lib.example_test as example

_needs := {
	"id": "id-1",
	"subject": example.call.subject,
	"action": {"name": "tools/call"},
	"resource": {"type": "tool", "id": "read_file", "properties": {"server_id": null}},
	"context": {"time": 1000},
}

_visible := example.listing("tools/list", [])

# Every part that the contract names, and something that it can't be
_parts := {
	["id"]: "",
	["subject"]: [],
	["subject", "type"]: "user",
	["subject", "id"]: null,
	["subject", "properties"]: "",
	["subject", "properties", "auth_method"]: 1,
	["subject", "properties", "groups"]: [1],
	["action"]: "tools/call",
	["action", "name"]: null,
	["resource"]: [],
	["resource", "type"]: 1,
	["resource", "id"]: {},
	["resource", "properties"]: "",
	["resource", "properties", "server_id"]: 1,
	["context"]: 1,
	["context", "correlation_id"]: null,
	["context", "session_id"]: null,
	["context", "source_ip"]: null,
	["context", "time"]: "1000",
	["context", "facts"]: [],
	["context", "facts", "schema"]: null,
	["context", "facts", "sql"]: [],
	["context", "facts", "url"]: null,
	["context", "facts", "sizes"]: 1,
	["context", "facts", "elided"]: "",
	["context", "facts", "uri"]: "",
}

test_a_whole_document_is_whole if {
	_whole(example.call)
	_whole_needs(_needs)
	_whole_visible(_visible)
}

test_a_document_is_whole_for_its_own_question_alone if {
	not call.whole with input as _needs
	not call.whole with input as _visible
	not call.whole_needs with input as example.call
	not call.whole_needs with input as _visible
	not call.whole_visible with input as example.call
	not call.whole_visible with input as _needs
}

test_a_part_that_is_missing if {
	every path, _ in _parts { not _whole(example.cut(example.call, path)) }
	not _whole(example.cut(example.call, ["resource", "properties", "arguments"]))
}

test_a_part_of_another_type if {
	every path, other in _parts { not _whole(example.put(example.call, path, other)) }
}

test_a_part_too_many if {
	every path in [["subject"], ["subject", "properties"], ["action"], ["resource"], ["context"], ["context", "facts"]] {
		not _whole(example.put(example.call, array.concat(path, ["more"]), true))
	}
	not _whole(object.union(example.call, {"resources": []}))
}

test_groups_in_an_object_and_an_id_that_is_no_string if {
	not _whole(example.put(example.call, ["subject", "properties", "groups"], {"a": "b"}))
	not _whole(example.put(example.call, ["id"], 1))
}

test_the_parts_of_the_other_questions_are_as_strict if {
	every place, other in _parts {
		_spoilt(_needs, place, other)
		_spoilt(_visible, place, other)
	}
	every place in [[], ["subject"], ["action"], ["context"]] {
		not _whole_needs(example.put(_needs, array.concat(place, ["more"]), 1))
		not _whole_visible(example.put(_visible, array.concat(place, ["more"]), 1))
	}
	not _whole_needs(example.put(_needs, ["resource", "properties", "more"], 1))
	not _whole_needs(example.put(_needs, ["resource", "more"], 1))
	not _whole_visible(example.put(_visible, ["resources"], {}))
}

# Neither without a part of it nor with another in its place is the document whole; what it never had is no part
_spoilt(document, place, _) if object.get(document, place, "absent") == "absent"

_spoilt(document, place, other) if {
	object.get(document, place, "absent") != "absent"
	every spoilt in [example.cut(document, place), example.put(document, place, other)] {
		not _whole_needs(spoilt)
		not _whole_visible(spoilt)
	}
}

test_an_empty_server_names_none if {
	not _whole(example.put(example.call, ["resource", "properties", "server_id"], ""))
}

test_a_document_that_is_no_object if {
	every document in [null, true, "id", [], ["id"]] { not _whole(document) }
}

test_arguments_may_be_anything if {
	every arguments in [null, false, [], "x", {}] {
		_whole(example.put(example.call, ["resource", "properties", "arguments"], arguments))
	}
}

_whole(document) if call.whole with input as document

_whole_needs(document) if call.whole_needs with input as document

_whole_visible(document) if call.whole_visible with input as document
