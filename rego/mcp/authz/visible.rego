package mcp.authz

import data.mcp.lib.call
import data.mcp.lib.grant
import data.mcp.lib.name
import data.mcp.lib.policy

# METADATA
# title: What of a list the actor may see
# description: One boolean for each entry, in their order. Defined only while the policy data is usable.
# entrypoint: true
visible := {
	"version": 1,
	"id": call.id,
	"revision": policy.revision,
	"visible": [_seen(entry.type, entry.id, entry.properties.server_id) | some entry in call.resources],
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

default _seen(_, _, _) := false

_seen(kind, id, server) if {
	_listed[call.method] == kind
	policy.known
	policy.unexpired
	policy.holders_whole(kind)
	_reachable(kind, id, server)
	_offered(kind, id, server)
}

_reachable("tool", id, server) if {
	name.valid(id)
	_named("tool", id, server)
}

_reachable("prompt", id, server) if _named("prompt", id, server)

_reachable(kind, _, _) if kind in {"resource", "resource_template"}

_named(kind, id, server) if {
	_told(kind, id, server)
	policy.denials(kind, server, id) == []
}

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
