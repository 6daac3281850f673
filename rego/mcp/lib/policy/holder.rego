package mcp.lib.policy

import data.mcp.lib.call
import data.mcp.lib.path

# METADATA
# description: Where the policy document names the actor; null where the data doesn't say.
default actor_source := null

actor_source := _actor.source

# METADATA
# description: >-
#   Who may grant something to the actor, as places in the data: the actor itself, its groups, and those of the authenticator's groups
#   that exist. An actor that the document doesn't name has no holder, whatever it claims.
holders := array.concat([["actors", call.subject]], [["groups", group] | some group in _groups]) if known

_groups := array.concat(_actor.groups, [group |
	some group in call.groups
	data.mcp.policy.groups[group]
])

# METADATA
# description: Each holder is there and whole, as far as what is of this kind is looked up in it.
holders_whole(kind) if {
	is_array(_actor.groups)
	every holder in holders {
		_holder_whole(holder, kind)
	}
}

_holder_whole([branch, id], "resource") if is_object(data.mcp.policy[branch][id].resources)

_holder_whole([branch, id], "resource_template") if is_object(data.mcp.policy[branch][id].resources)

_holder_whole([branch, id], kind) if {
	entries := data.mcp.policy[branch][id][_part(kind)]
	is_object(entries.servers)
	is_object(entries.tools)
	is_object(entries.values)
	is_object(entries.named)
	is_array(entries.patterns)
}

# METADATA
# description: The holder's resources cover this URI.
resource_granted([branch, id], uri) if path.match(data.mcp.policy[branch][id].resources, uri)

# METADATA
# description: What stands before the template's first variable lies under the holder's resources.
template_granted([branch, id], template) if {
	path.under(data.mcp.policy[branch][id].resources, split(template, "{")[0])
}
