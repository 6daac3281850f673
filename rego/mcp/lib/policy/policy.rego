# METADATA
# title: The policy data
# description: >-
#   The only reader of `data.mcp.policy`. Says whether the data is usable: of our format, and each part there that an answer is looked up
#   in, so that "no entry" is never "no list". It reads every index by reference, key by key, and hands on only what it found: OPA
#   hashes a function's arguments whole, so that an index for an argument would cost by its size.
package mcp.lib.policy

import data.mcp.lib.call

default revision := "none"

revision := data.mcp.policy.revision if is_string(data.mcp.policy.revision)

default contact := ""

contact := data.mcp.policy.contact if is_string(data.mcp.policy.contact)

vocabulary := data.mcp.policy.vocabulary

default monitoring := false

monitoring if data.mcp.policy.default_action == "LOG_AND_ALLOW"

# METADATA
# description: Whether a refusal alerts. Data that doesn't say so alerts.
default alerting := true

alerting := false if data.mcp.policy.alert_on_deny == false

# METADATA
# description: The data has our format and is whole, as far as it serves every call. Costs the same however much it holds.
usable if {
	count(data.mcp.policy) == 11
	data.mcp.policy.format == 1
	is_string(data.mcp.policy.revision)
	is_string(data.mcp.policy.contact)
	data.mcp.policy.default_action in {"DENY", "LOG_AND_ALLOW"}
	is_boolean(data.mcp.policy.alert_on_deny)
	is_object(vocabulary.read_verbs)
	is_object(vocabulary.write_verbs)
	every kind in ["path", "paths", "sql", "url", "urls", "content"] {
		is_object(vocabulary.arguments[kind])
	}
	every part in ["global_deny", "rate_limits", "schemas"] {
		is_object(data.mcp.policy[part].servers)
		is_object(data.mcp.policy[part].tools)
		is_object(data.mcp.policy[part].values)
		is_object(data.mcp.policy[part].named)
		is_array(data.mcp.policy[part].patterns)
	}
	is_object(data.mcp.policy.groups)
	is_object(data.mcp.policy.actors)
}

# METADATA
# description: The document names the actor.
known if _actor

# METADATA
# description: The actor's time has not run out.
unexpired if {
	_actor.expires == null
} else if {
	is_number(_actor.expires)
	call.time < _actor.expires
}

_actor := data.mcp.policy.actors[call.subject]
