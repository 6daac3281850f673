package mcp.authz.deny_by_default

import data.mcp.lib.call
import data.mcp.lib.policy

# METADATA
# title: Granted
# description: The resource, prompt or completion is granted to the actor or to one of its groups.
granted if {
	call.kind == "prompt"
	some holder in policy.holders
	policy.first(holder, "prompt", call.server, call.name) != []
}

granted if {
	call.kind == "resource"
	call.method != "completion/complete"
	some holder in policy.holders
	policy.resource_granted(holder, call.name)
}

granted if {
	call.kind == "resource"
	call.method == "completion/complete"
	some holder in policy.holders
	policy.template_granted(holder, call.name)
}
