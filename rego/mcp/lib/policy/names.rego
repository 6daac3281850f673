package mcp.lib.policy

import data.mcp.lib.call
import data.mcp.lib.name as patterns

# METADATA
# description: >-
#   What a holder's entries say of a tool or prompt: `server/tool` before `tool` before patterns, and the first level
#   that matches decides alone.
first([branch, id], kind, server, name) := [value] if {
	value := data.mcp.policy[branch][id][_part(kind)].servers[server][name]
} else := [value] if {
	value := data.mcp.policy[branch][id][_part(kind)].tools[name]
} else := [value | some entry in patterns.covering(entries.patterns, server, name); value := entries.values[entry]] if {
	entries := data.mcp.policy[branch][id][_part(kind)]
}

# METADATA
# description: The entries of the global deny list that name a tool or prompt, in whatever case.
denials(kind, server, name) := _all("global_deny", _folded(server), lower(name)) if {
	kind != "resource"
} else := []

# METADATA
# description: The rate limits of the called tool, on whatever level.
limits := _all("rate_limits", call.server, call.name) if {
	call.kind == "tool"
} else := []

# METADATA
# description: The schemas of the called tool, on whatever level.
schemas := _all("schemas", call.server, call.name) if {
	call.kind == "tool"
} else := []

# METADATA
# description: >-
#   No entry that a call would be looked up in names this tool or prompt with a server, so that it makes no difference
#   which server is meant.
serverless(kind, name) if {
	_serverless("global_deny", lower(name))
	_serverless("rate_limits", name)
	_serverless("schemas", name)
	every holder in holders { _serverless_holder(holder, kind, name) }
}

_serverless(part, name) if {
	entries := data.mcp.policy[part]
	covering := entries.patterns
	not entries.named[name]
	not patterns.server_asked(covering, name)
}

_serverless_holder([branch, id], kind, name) if {
	entries := data.mcp.policy[branch][id][_part(kind)]
	covering := entries.patterns
	not entries.named[name]
	not patterns.server_asked(covering, name)
}

_all(part, server, name) := array.flatten([
	[value | value := entries.servers[server][name]],
	[value | value := entries.tools[name]],
	[value | some entry in patterns.covering(entries.patterns, server, name); value := entries.values[entry]],
]) if {
	entries := data.mcp.policy[part]
}

_part("tool") := "grants"

_part("prompt") := "prompts"

_folded(null) := null

_folded(server) := lower(server) if is_string(server)
