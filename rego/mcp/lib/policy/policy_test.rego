package mcp.lib.policy_test

import data.mcp.lib.example_test as example
import data.mcp.lib.policy

# Every part that every answer is looked up in, and something that it can't be
_parts := object.union(_top, {[part, field]: null | some part in _indexes; some field in _fields})

_top := {
	["format"]: 2,
	["revision"]: 1,
	["contact"]: null,
	["default_action"]: "ALLOW",
	["alert_on_deny"]: "yes",
	["vocabulary"]: [],
	["vocabulary", "read_verbs"]: ["read"],
	["vocabulary", "write_verbs"]: null,
	["vocabulary", "arguments"]: [],
	["vocabulary", "arguments", "path"]: ["path"],
	["vocabulary", "arguments", "paths"]: null,
	["vocabulary", "arguments", "sql"]: null,
	["vocabulary", "arguments", "url"]: null,
	["vocabulary", "arguments", "urls"]: null,
	["vocabulary", "arguments", "content"]: null,
	["global_deny"]: [],
	["rate_limits"]: [],
	["schemas"]: null,
	["groups"]: [],
	["actors"]: [],
}

_indexes := ["global_deny", "rate_limits", "schemas"]

_fields := ["servers", "tools", "values", "named", "patterns"]

test_whole_data_is_usable if {
	_usable(example.policy)
	_usable(example.monitoring(example.policy))
}

test_data_that_lacks_a_part_is_not_usable if {
	every path, _ in _parts { not _usable(example.cut(example.policy, path)) }
}

test_data_with_a_part_of_another_type_is_not_usable if {
	every path, other in _parts { not _usable(example.put(example.policy, path, other)) }
}

test_data_with_a_part_too_many_is_not_usable if {
	not _usable(object.union(example.policy, {"allow": true}))
}

test_data_that_is_no_object_is_not_usable if {
	every other in [null, [], "", 1] { not _usable(other) }
}

test_what_data_says_of_itself if {
	_said(example.policy) == {"revision": "revision-1", "contact": "security@example.com", "alerting": true}
	_said(object.union(example.policy, {"alert_on_deny": false})).alerting == false
}

test_what_unusable_data_says_of_itself if {
	_said({}) == {"revision": "none", "contact": "", "alerting": true}
	_said({"revision": 1, "contact": 1, "alert_on_deny": "no"}) == _said({})
}

test_only_one_action_monitors if {
	policy.monitoring with data.mcp.policy as {"default_action": "LOG_AND_ALLOW"}
	every action in ["DENY", "ALLOW", true, null] {
		not policy.monitoring with data.mcp.policy as {"default_action": action}
	}
	not policy.monitoring with data.mcp.policy as {}
}

_said(policy_data) := told if {
	told := {
		"revision": policy.revision,
		"contact": policy.contact,
		"alerting": policy.alerting,
	} with data.mcp.policy as policy_data
}

_usable(policy_data) if policy.usable with data.mcp.policy as policy_data
