package mcp.lib.reason_test

import data.mcp.lib.reason

_chain := [{
	"path": ["mcp", "lib", "constraint", "path", "path_denied"],
	"annotations": {"title": "Path denied", "custom": {"fix": "Use another path."}},
}]

test_a_code_is_the_policy_and_the_rule if {
	reason.finding(_chain, "read_only", "/path", {"line": 3, "text": "denied_paths: x"}) == {
		"policy": "read_only",
		"soft": false,
		"reason": {
			"code": "read_only.path_denied",
			"argument": "/path",
			"source": {"line": 3, "text": "denied_paths: x"},
		},
	}
}

test_what_is_not_known_is_left_out if {
	reason.finding(_chain, "scoped_write", null, null).reason == {"code": "scoped_write.path_denied"}
}

test_metadata_says_what_is_softened if {
	monitored := [{"path": ["mcp", "a", "b"], "annotations": {"custom": {"monitor": true}}}]
	reason.finding(monitored, "p", null, null) == {"policy": "p", "soft": true, "reason": {"code": "p.b"}}
}

test_a_rule_that_says_nothing_is_not_softened if {
	reason.finding([{"path": ["mcp", "a", "b"]}], "p", null, null).soft == false
}

test_a_constraint_names_its_line if {
	judged := {"policy": "read_only", "constraint": {"sources": {"denied_paths": {"line": 3, "text": "x"}}}}
	reason.of(_chain, judged, "/path", "denied_paths").reason == {
		"code": "read_only.path_denied",
		"argument": "/path",
		"source": {"line": 3, "text": "x"},
	}
	reason.of(_chain, judged, null, "roots").reason == {"code": "read_only.path_denied"}
}

test_a_constraint_without_sources_still_has_its_reason if {
	judged := {"policy": "read_only", "constraint": {}}
	reason.of(_chain, judged, null, "roots").reason == {"code": "read_only.path_denied"}
}
