package mcp.lib.policy

import data.mcp.lib.call

# METADATA
# description: The policy document names the actor.
known if _actor

# METADATA
# description: The actor's time has not run out.
unexpired if {
	_actor.expires == null
} else if {
	is_number(_actor.expires)
	call.now < _actor.expires
}

# METADATA
# description: Where the policy document names the actor; null where the data doesn't say.
# scope: document
default actor_source := null

actor_source := _actor.source

# METADATA
# description: >-
#   Who may grant something to the actor, each as its place in the data: the actor itself, its groups, and those of the
#   authenticator's groups that exist. An actor that the document doesn't name has none, whatever groups it claims.
holders := array.concat([["actors", call.subject]], [["groups", group] | some group in _groups]) if known

# METADATA
# description: Each holder is there and whole, as far as something of this kind is looked up in it.
holders_whole(kind) if {
	is_array(_actor.groups)
	every holder in holders { _whole(holder, kind) }
}

_actor := data.mcp.policy.actors[call.subject]

_groups := array.concat(_actor.groups, [group |
	some group in call.groups
	data.mcp.policy.groups[group]
])

_whole([branch, id], "resource") if is_object(data.mcp.policy[branch][id].resources)

_whole([branch, id], "resource_template") if is_object(data.mcp.policy[branch][id].resources)

_whole([branch, id], kind) if {
	entries := data.mcp.policy[branch][id][_part(kind)]
	is_object(entries.servers)
	is_object(entries.tools)
	is_object(entries.values)
	is_object(entries.named)
	is_array(entries.patterns)
}
