# METADATA
# title: An example to test with
# description: >-
#   One whole call and one whole policy, and functions that change a part of them. The insides of indexes are those of
#   exact entries; what patterns do is tested beside the packages that read them, and in tests/cases.
package mcp.lib.example_test

import data.mcp.authz

call := {
	"id": "id-1",
	"subject": {"type": "agent", "id": "agent", "properties": {"auth_method": "api_key", "groups": []}},
	"action": {"name": "tools/call"},
	"resource": {"type": "tool", "id": "read_file", "properties": {"server_id": "files", "arguments": {}}},
	"context": {
		"correlation_id": "",
		"session_id": "",
		"source_ip": "",
		"time": 1000,
		"facts": {"schema": "none", "sql": {}, "url": {}, "sizes": {}, "elided": {}, "uri": null},
	},
}

calling(tool, arguments) := object.union(call, {"resource": {"id": tool, "properties": {"arguments": arguments}}})

asking(method, kind, name) := object.union(call, {
	"action": {"name": method},
	"resource": {"type": kind, "id": name},
})

knowing(asked, facts) := object.union(asked, {"context": {"facts": facts}})

listing(method, resources) := object.union(object.remove(call, ["resource", "context"]), {
	"action": {"name": method},
	"resources": resources,
	"context": {"time": 1000},
})

entry(kind, id) := {"type": kind, "id": id, "properties": {"server_id": "files"}}

policy := {
	"format": 1,
	"revision": "revision-1",
	"contact": "security@example.com",
	"default_action": "DENY",
	"alert_on_deny": true,
	"vocabulary": {
		"read_verbs": {"read": true, "get": true},
		"write_verbs": {"write": true},
		"arguments": {
			"path": {"path": true, "source": true},
			"paths": {"paths": true},
			"sql": {"sql": true, "query": true},
			"url": {"url": true},
			"urls": {"urls": true},
			"content": {"content": true, "text": true},
		},
	},
	"global_deny": names({}),
	"rate_limits": names({}),
	"schemas": names({}),
	"actors": {"agent": object.union(holder, {"expires": null, "groups": []})},
	"groups": {},
}

holder := {"grants": names({}), "resources": paths([]), "prompts": names({}), "source": source("agent")}

# A policy under which the agent's own entries are these grants
granting(grants) := object.union(policy, {"actors": {"agent": {"grants": {"tools": grants}}}})

# A policy under which a tool has one grant with one constraint
constraining(tool, constraint) := granting({tool: object.union(grant, {"constraints": [constraint]})})

monitoring(data_of_policy) := object.union(data_of_policy, {"default_action": "LOG_AND_ALLOW"})

grant := {
	"source": source("grant"),
	"access": "read",
	"exact": true,
	"scoped": false,
	"timeout_seconds": null,
	"constraints": [],
}

path := {
	"kind": "path",
	"arguments": {"named": null},
	"roots": [],
	"allow": null,
	"deny": paths([]),
	"allow_extensions": null,
	"deny_extensions": {},
	"sources": {},
}

size := {"kind": "size", "arguments": {"named": null}, "max_bytes": 10, "sources": {}}

sql := {
	"kind": "sql",
	"arguments": {"named": null},
	"dialect": "any",
	"operations": {"SELECT": true},
	"functions": {},
	"allow_tables": null,
	"deny_tables": {},
	"max_rows": null,
	"limit_argument": null,
	"sources": {},
}

url := {
	"kind": "url",
	"arguments": {"named": null},
	"schemes": {"http": true, "https": true},
	"allow_hosts": null,
	"sources": {},
}

plain := {"kind": "plain", "arguments": [["job"]], "sources": {}}

names(tools) := {"servers": {}, "tools": tools, "patterns": [], "values": {}, "named": {}}

paths(exact) := {
	"exact": {rooted: true | some written in exact; rooted := _rooted(written)},
	"levels": [],
	"folds": {},
	"encoded": {},
}

hosts(exact) := {"exact": {host: [true, []] | some host in exact}, "below": {}, "sizes": [], "shapes": []}

source(text) := {"line": 1, "text": text}

_rooted(written) := written if startswith(written, "/")

_rooted(written) := concat("", ["./", written]) if not startswith(written, "/")

# The whole decision on one call
decision(asked, data_of_policy) := answer if {
	answer := authz.decision with input as asked with data.mcp.policy as data_of_policy
}

# Its reasons, and that nothing is permitted
reasons(asked, data_of_policy) := answer.reasons if {
	answer := decision(asked, data_of_policy)
	answer.effect == "DENY"
	answer.allow == false
	answer.permits == []
}

permits(asked, data_of_policy) := answer.permits if {
	answer := decision(asked, data_of_policy)
	answer.effect == "ALLOW"
	answer.reasons == []
}

would_deny(asked, data_of_policy) := answer.would_deny if {
	answer := decision(asked, data_of_policy)
	answer.effect == "LOG_AND_ALLOW"
	answer.reasons == []
}

# The value with another one in place of the field at a path of up to four keys
put(value, [a], other) := put_one(value, a, other)

put(value, [a, b], other) := put_one(value, a, put_one(value[a], b, other))

put(value, [a, b, c], other) := put_one(value, a, put_one(value[a], b, put_one(value[a][b], c, other)))

put(value, [a, b, c, d], other) := put_one(
	value, a,
	put_one(value[a], b, put_one(value[a][b], c, put_one(value[a][b][c], d, other))),
)

put_one(value, key, other) := object.union(object.remove(value, [key]), {key: other})

# The value without the field at a path of up to four keys
cut(value, [a]) := object.remove(value, [a])

cut(value, path) := put(value, parent, object.remove(held, [path[count(path) - 1]])) if {
	parent := array.slice(path, 0, count(path) - 1)
	held := object.get(value, parent, null)
}
