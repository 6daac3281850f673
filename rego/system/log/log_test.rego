package system.log_test

import data.system.log

_decision := {
	"id": "01",
	"subject": {"type": "agent", "id": "writer", "properties": {"auth_method": "api_key", "groups": ["s3cret"]}},
	"action": {"name": "tools/call"},
	"resource": {
		"type": "tool",
		"id": "read_file",
		"properties": {"server_id": "files", "arguments": {"path": "s3cret"}, "s3cret": "s3cret"},
	},
	"context": {
		"correlation_id": "c",
		"session_id": "s3cret",
		"source_ip": "10.0.0.1",
		"time": 1790000000,
		"facts": {"sql": {"/q": "s3cret"}},
	},
	"s3cret": "s3cret",
}

_shown := {
	"id": "01",
	"subject": {"id": "writer"},
	"action": {"name": "tools/call"},
	"resource": {"type": "tool", "id": "read_file", "properties": {"server_id": "files"}},
	"context": {"correlation_id": "c", "source_ip": "10.0.0.1", "time": 1790000000},
}

_nothing := {
	"id": null,
	"subject": {"id": null},
	"action": {"name": null},
	"resource": {"type": null, "id": null, "properties": {"server_id": null}},
	"context": {"correlation_id": null, "source_ip": null, "time": null},
}

_masked(document) := masked if masked := log.mask with input as {"path": "mcp/authz/decision", "input": document}

_in_its_place(shown) := {{"op": "upsert", "path": "/input", "value": shown}}

test_who_asked_for_what_is_shown_and_nothing_else if {
	_masked(_decision) == _in_its_place(_shown)
}

test_the_address_of_a_resource_is_hidden if {
	every type in ["resource", "resource_template", "", null] {
		resource := {"type": type, "id": "https://x/?signature=s3cret", "properties": {"server_id": "files"}}
		shown := object.union(_shown, {"resource": {"type": type, "id": null}})
		_masked(object.union(_decision, {"resource": resource})) == _in_its_place(shown)
	}
}

test_the_list_that_visible_asks_for_is_hidden if {
	document := {"id": "01", "resources": [{"type": "resource", "id": "s3cret"}]}
	_masked(document) == _in_its_place(object.union(_nothing, {"id": "01"}))
}

test_what_is_odd_is_hidden if {
	odd := ["s3cret"]
	every document in [
		"s3cret", odd, null, 7, {},
		{"id": odd, "subject": odd, "action": odd, "resource": odd, "context": odd},
		{"id": {"x": odd}, "subject": "s3cret", "action": "s3cret", "resource": "s3cret", "context": "s3cret"},
		{"subject": {"id": odd}, "resource": {"type": odd, "id": "s3cret", "properties": "s3cret"}},
		{"resource": {"id": "s3cret", "properties": {"server_id": odd}}, "context": {"time": odd}},
	] {
		_masked(document) == _in_its_place(_nothing)
	}
}

test_an_answer_without_input_is_masked_too if {
	masked := log.mask with input as {"path": "mcp/authz/decision"}
	masked == _in_its_place(_nothing)
}
