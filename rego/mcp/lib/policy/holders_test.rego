package mcp.lib.policy_test

import data.mcp.lib.example_test as example
import data.mcp.lib.policy

_grouped := object.union(example.policy, {
	"actors": {"agent": {"groups": ["writers"]}},
	"groups": {"writers": example.holder, "editors": example.holder},
})

_member := example.put(example.call, ["subject", "properties", "groups"], ["editors", "kings"])

_stranger := example.put(example.call, ["subject", "id"], "stranger")

test_the_actor_alone if {
	_holders(example.call, example.policy) == [["actors", "agent"]]
}

test_the_actor_before_its_groups_and_those_that_the_authenticator_names if {
	_holders(_member, _grouped) == [["actors", "agent"], ["groups", "writers"], ["groups", "editors"]]
}

test_an_unknown_actor_has_no_holder_whatever_it_claims if {
	stranger := example.put(_member, ["subject", "id"], "stranger")
	not _holders(stranger, _grouped)
	not policy.known with input as stranger with data.mcp.policy as _grouped
}

test_an_actor_that_never_expires if {
	_unexpired(1000, null)
}

test_an_actor_until_it_expires if {
	_unexpired(999, 1000)
	not _unexpired(1000, 1000)
	not _unexpired(1001, 1000)
}

test_an_expiry_that_is_no_number_has_come if {
	not _unexpired(1000, "2000")
	not policy.unexpired with input as example.call with data.mcp.policy as {"actors": {"agent": {}}}
	not policy.unexpired with input as _stranger with data.mcp.policy as example.policy
}

test_where_the_actor_comes_from if {
	policy.actor_source == {"line": 1, "text": "agent"} with input as example.call with data.mcp.policy as example.policy
	policy.actor_source == null with input as _stranger with data.mcp.policy as example.policy
}

test_whole_holders if {
	every kind in ["tool", "prompt", "resource", "resource_template"] { _whole(kind, _grouped) }
}

test_a_kind_of_which_nothing_is_known_has_no_whole_holder if {
	not _whole("table", _grouped)
}

test_a_holder_that_lacks_a_part if {
	every part in ["servers", "tools", "values", "named", "patterns"] {
		not _whole("tool", example.cut(_grouped, ["actors", "agent", "grants", part]))
		not _whole("tool", example.cut(_grouped, ["groups", "writers", "grants", part]))
		not _whole("prompt", example.cut(_grouped, ["actors", "agent", "prompts", part]))
	}
	every kind in ["resource", "resource_template"] {
		not _whole(kind, example.cut(_grouped, ["groups", "writers", "resources"]))
	}
}

test_a_group_of_the_actor_that_does_not_exist if {
	not _whole("tool", example.put(_grouped, ["groups"], {}))
}

test_groups_that_are_no_list if {
	not _whole("tool", example.put(_grouped, ["actors", "agent", "groups"], null))
}

_holders(asked, policy_data) := found if {
	found := policy.holders with input as asked with data.mcp.policy as policy_data
}

_whole(kind, policy_data) if policy.holders_whole(kind) with input as example.call with data.mcp.policy as policy_data

_unexpired(now, expires) if {
	asked := example.put(example.call, ["context", "time"], now)
	policy.unexpired with input as asked with data.mcp.policy as {"actors": {"agent": {"expires": expires}}}
}
