package mcp.authz.questions_test

import data.mcp.authz
import data.mcp.lib.example_test as example

_nothing := {
	"version": 1,
	"id": "id-1",
	"revision": "revision-1",
	"contact": "security@example.com",
	"schemas": [],
	"sql": [],
	"url": [],
	"content": [],
}

_question := {
	"id": "id-1",
	"subject": example.call.subject,
	"action": {"name": "tools/call"},
	"resource": {"type": "tool", "id": "read_file", "properties": {"server_id": null}},
	"context": {"time": 1000},
}

test_a_grant_without_constraints_wants_nothing if {
	_needs(_question, example.granting({"read_file": example.grant})) == _nothing
}

test_every_grant_that_decides_and_every_schema if {
	own := object.union(example.grant, {"constraints": [
		example.path,
		object.union(example.sql, {"arguments": {"named": [["statement"]]}, "dialect": "postgres"}),
		object.union(example.url, {"arguments": {"named": [["link"], ["links", "*"]]}}),
	]})
	size := object.union(example.size, {"arguments": {"named": [["body"]]}})
	shared := object.union(example.grant, {"constraints": [size]})
	policy_data := object.union(example.granting({"read_file": own}), {
		"actors": {"agent": {"groups": ["writers"]}},
		"groups": {"writers": object.union(example.holder, {"grants": example.names({"read_file": shared})})},
		"schemas": {"tools": {"read_file": {"schema": "{}", "source": {}}}},
	})
	_needs(_question, policy_data) == object.union(_nothing, {
		"schemas": ["{}"],
		"sql": [{"dialect": "postgres", "arguments": [["statement"]]}],
		"url": [["link"], ["links", "*"]],
		"content": [["body"]],
	})
}

test_default_names_are_all_wanted if {
	granted := object.union(example.grant, {"constraints": [example.sql, example.url, example.size]})
	wanted := _needs(_question, example.granting({"read_file": granted}))
	{segments | some segments in wanted.sql[0].arguments} == {["sql"], ["query"]}
	{segments | some segments in wanted.url} == {["url"], ["urls", "*"]}
	{segments | some segments in wanted.content} == {["content"], ["text"]}
}

test_nothing_is_wanted_where_the_question_or_the_data_can_not_be_read if {
	_needs({"id": "id-1"}, example.policy) == _nothing
	_needs(_question, {}) == object.union(_nothing, {"revision": "none", "contact": ""})
	wanting := object.union(example.granting({"read_file": object.union(example.grant, {"constraints": [example.sql]})}), {
		"schemas": {"tools": {"read_file": {"schema": "{}", "source": {}}}},
	})
	_needs(_question, wanting) != _nothing
	every place in [[], ["subject"], ["action"], ["resource"], ["resource", "properties"], ["context"]] {
		_needs(example.put(_question, array.concat(place, ["more"]), 1), wanting) == _nothing
	}
	_needs(_question, object.union(wanting, {"format": 2})) == _nothing
}

test_only_sql_is_read_as_sql if {
	granted := object.union(example.grant, {"constraints": [object.union(example.path, {"dialect": "any"})]})
	_needs(_question, example.granting({"read_file": granted})) == _nothing
}

test_nothing_is_wanted_of_an_unknown_actor if {
	granted := example.granting({"read_file": object.union(example.grant, {"constraints": [example.sql]})})
	_needs(example.put(_question, ["subject", "id"], "stranger"), granted) == _nothing
}

test_no_needs_without_an_id if {
	not _needs({}, example.policy)
}

_needs(asked, policy_data) := answer if {
	answer := authz.needs with input as asked with data.mcp.policy as policy_data
}
