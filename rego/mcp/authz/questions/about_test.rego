package mcp.authz.questions_test

import data.mcp.authz
import data.mcp.lib.example_test as example

test_which_policy_answers if {
	_about({"id": "id-1"}, example.policy) == {
		"version": 1,
		"id": "id-1",
		"revision": "revision-1",
		"contact": "security@example.com",
	}
}

test_about_is_silent_without_usable_data_or_an_id if {
	not _about({"id": "id-1"}, {})
	not _about({"id": "id-1"}, object.remove(example.policy, ["actors"]))
	not _about({}, example.policy)
}

_about(asked, policy_data) := answer if {
	answer := authz.about with input as asked with data.mcp.policy as policy_data
}
