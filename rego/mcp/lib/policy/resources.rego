package mcp.lib.policy

import data.mcp.lib.path

# METADATA
# description: The holder's resources cover this URI.
resource_granted([branch, id], resource) if path.match(data.mcp.policy[branch][id].resources, resource)

# METADATA
# description: What stands before the template's first variable lies under the holder's resources.
template_granted([branch, id], template) if {
	prefix := split(template, "{")[0]
	path.under(data.mcp.policy[branch][id].resources, prefix)
	_straight(trim_suffix(_hierarchy(prefix), "/"))
}

_hierarchy(prefix) := concat("://", array.slice(parts, 1, count(parts))) if {
	parts := split(prefix, "://")
	count(parts) > 1
} else := prefix

_straight("")

_straight(prefix) if path.canonical(prefix)
