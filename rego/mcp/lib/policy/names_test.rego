package mcp.lib.policy_test

import data.mcp.lib.example_test as example
import data.mcp.lib.policy

# One entry on each level, and two patterns
_entries := {
	"servers": {"files": {"read_file": 1}},
	"tools": {"read_file": 2},
	"patterns": [["read_*", null, ["read_", "", "", ""]], ["box/*_file", "box", ["", "", "_file", ""]]],
	"values": {"read_*": 3, "box/*_file": 4},
	"named": {"read_file": true},
}

_holder := ["actors", "agent"]

test_an_entry_with_the_server_decides_alone if {
	_first("files", "read_file", _entries) == [1]
}

test_an_entry_without_a_server_comes_next if {
	_first("box", "read_file", _entries) == [2]
	_first(null, "read_file", _entries) == [2]
}

test_every_pattern_that_matches_comes_last if {
	_first("box", "read_file", object.union(_entries, {"tools": 0})) == [3, 4]
	_first(null, "read_notes", _entries) == [3]
}

test_no_entry if {
	_first("files", "other", _entries) == []
}

test_a_prompt_has_entries_of_its_own if {
	policy_data := {"actors": {"agent": {"prompts": example.names({"summarise": 5}), "grants": _entries}}}
	policy.first(_holder, "prompt", null, "summarise") == [5] with data.mcp.policy as policy_data
	policy.first(_holder, "prompt", null, "read_file") == [] with data.mcp.policy as policy_data
}

test_every_denial_on_every_level if {
	_denials("tool", "files", "read_file") == [1, 2, 3]
	_denials("tool", "box", "read_file") == [2, 3, 4]
	_denials("prompt", null, "other") == []
}

test_denials_ignore_case if {
	_denials("tool", "FILES", "Read_File") == [1, 2, 3]
}

test_a_resource_has_no_name_to_deny if {
	_denials("resource", "files", "read_file") == []
}

test_limits_and_schemas_on_every_level if {
	policy_data := {"rate_limits": _entries, "schemas": _entries}
	policy.limits == [1, 2, 3] with input as example.call with data.mcp.policy as policy_data
	policy.schemas == [1, 2, 3] with input as example.call with data.mcp.policy as policy_data
}

test_limits_and_schemas_are_of_tools if {
	prompt := example.asking("prompts/get", "prompt", "read_file")
	policy.limits == [] with input as prompt with data.mcp.policy as {"rate_limits": _entries}
	policy.schemas == [] with input as prompt with data.mcp.policy as {"schemas": _entries}
}

test_no_entry_with_a_server if {
	_serverless("tool", "read_file", example.policy)
	_serverless("prompt", "read_file", example.policy)
}

test_an_entry_with_a_server_wherever_it_is if {
	every place in [["global_deny"], ["rate_limits"], ["schemas"], ["actors", "agent", "grants"]] {
		not _serverless("tool", "read_file", example.put(example.policy, place, _entries))
	}
	not _serverless("prompt", "read_file", example.put(example.policy, ["actors", "agent", "prompts"], _entries))
}

test_a_denial_with_a_server_in_whatever_case if {
	not _serverless("tool", "READ_file", example.put(example.policy, ["global_deny"], _entries))
}

test_a_pattern_with_a_server_wherever_it_is if {
	every place in [["global_deny"], ["schemas"], ["actors", "agent", "grants"]] {
		not _serverless("tool", "write_file", example.put(example.policy, place, _entries))
		_serverless("tool", "write_notes", example.put(example.policy, place, _entries))
	}
}

test_an_index_that_lacks_its_patterns_proves_nothing if {
	not _serverless("tool", "read_file", example.cut(example.policy, ["schemas", "patterns"]))
	not _serverless("tool", "read_file", example.cut(example.policy, ["actors", "agent", "grants", "patterns"]))
}

_first(server, name, entries) := found if {
	found := policy.first(_holder, "tool", server, name) with data.mcp.policy as {"actors": {"agent": {"grants": entries}}}
}

_denials(kind, server, name) := found if {
	found := policy.denials(kind, server, name) with data.mcp.policy as {"global_deny": _entries}
}

_serverless(kind, name, policy_data) if {
	policy.serverless(kind, name) with input as example.call with data.mcp.policy as policy_data
}
