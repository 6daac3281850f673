package mcp.lib.call_test

import data.mcp.lib.call
import data.mcp.lib.example_test as example

test_the_parts_of_a_call_have_names if {
	named := {
		"id": call.id, "subject": call.subject, "groups": call.groups, "method": call.method, "kind": call.kind,
		"name": call.name, "server": call.server, "arguments": call.arguments, "facts": call.facts, "now": call.now,
	} with input as example.calling("read_file", {"path": "docs/a.md"})
	named == {
		"id": "id-1", "subject": "agent", "groups": [], "method": "tools/call", "kind": "tool",
		"name": "read_file", "server": "files", "arguments": {"path": "docs/a.md"},
		"facts": example.call.context.facts, "now": 1000,
	}
}

test_the_entries_of_a_list_have_a_name if {
	call.resources == [] with input as example.listing("tools/list", [])
}

test_an_id_that_is_no_string_is_none if {
	not call.id with input as {"id": 1}
}
