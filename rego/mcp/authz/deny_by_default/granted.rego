package mcp.authz.deny_by_default

import data.mcp.lib.call
import data.mcp.lib.policy

# METADATA
# title: Granted
# description: The resource, prompt or completion is granted to the actor or to one of its groups.
granted if {
	call.kind != "tool"
	some holder in policy.holders
	_grants(holder)
}

_grants(holder) if {
	call.kind == "prompt"
	policy.first(holder, "prompt", call.server, call.name) != []
}

_grants(holder) if {
	call.kind == "resource"
	call.method != "completion/complete"
	policy.resource_granted(holder, call.name)
}

_grants(holder) if {
	call.kind == "resource"
	call.method == "completion/complete"
	policy.template_granted(holder, call.name)
}
