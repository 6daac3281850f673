package mcp.authz

import data.mcp.lib.call
import data.mcp.lib.grant
import data.mcp.lib.name
import data.mcp.lib.policy

# METADATA
# title: What of a list the actor may see
# description: A boolean for each entry, in their order. Defined only while question and policy data can be read.
# entrypoint: true
visible := {
	"version": 1,
	"id": call.id,
	"revision": policy.revision,
	"visible": [_seen(entry) | some entry in call.resources],
} if {
	call.whole_visible
	policy.usable
}

_listed := {
	"tools/list": "tool",
	"resources/list": "resource",
	"resources/templates/list": "resource_template",
	"prompts/list": "prompt",
}

_seen(entry) if {
	entry.type == _listed[call.method]
	policy.known
	policy.unexpired
	policy.holders_whole(entry.type)
	is_string(entry.id)
	_open(entry.type, entry.id, entry.properties.server_id)
	_offered(entry.type, entry.id, entry.properties.server_id)
} else := false

_open("tool", id, server) if {
	name.valid(id)
	_told("tool", id, server)
	policy.denials("tool", server, id) == []
}

_open("prompt", id, server) if {
	_told("prompt", id, server)
	policy.denials("prompt", server, id) == []
}

_open("resource", _, _)

_open("resource_template", _, _)

_told(_, _, server) if is_string(server)

_told(kind, id, null) if policy.serverless(kind, id)

_offered(_, _, _) if policy.monitoring

_offered("tool", id, server) if {
	some holder in policy.holders
	grant.matching(holder, server, id) != []
}

_offered("prompt", id, server) if {
	some holder in policy.holders
	policy.first(holder, "prompt", server, id) != []
}

_offered("resource", id, _) if {
	some holder in policy.holders
	policy.resource_granted(holder, id)
}

_offered("resource_template", id, _) if {
	some holder in policy.holders
	policy.template_granted(holder, id)
}
