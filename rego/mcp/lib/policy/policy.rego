# METADATA
# title: The policy data
# description: >-
#   The only reader of `data.mcp.policy`, which says whether it is usable: of our format, each part there that an answer
#   is looked up in, so that "no entry" never means "no list". It looks everything up by reference, key by key, and
#   hands on what it finds: OPA hashes a function's arguments whole, so that an index among them would cost by its size.
package mcp.lib.policy

# METADATA
# description: The hash of the data and the Rego.
# scope: document
default revision := "none"

revision := data.mcp.policy.revision if is_string(data.mcp.policy.revision)

# METADATA
# description: Whom a refused client may ask.
# scope: document
default contact := ""

contact := data.mcp.policy.contact if is_string(data.mcp.policy.contact)

# METADATA
# description: The verbs of tools' names, and the names of arguments that are judged by default.
vocabulary := data.mcp.policy.vocabulary

# METADATA
# description: The policy is rolled out under LOG_AND_ALLOW.
monitoring if data.mcp.policy.default_action == "LOG_AND_ALLOW"

# METADATA
# description: Whether a refusal alerts; data that doesn't say so alerts.
# scope: document
default alerting := true

alerting := false if data.mcp.policy.alert_on_deny == false

# METADATA
# description: The data has our format and is whole, as far as every call looks things up in it, however much it holds.
usable if {
	data.mcp.policy.format == 1
	count(data.mcp.policy) == 11
	is_string(data.mcp.policy.revision)
	is_string(data.mcp.policy.contact)
	data.mcp.policy.default_action in {"DENY", "LOG_AND_ALLOW"}
	is_boolean(data.mcp.policy.alert_on_deny)
	is_object(data.mcp.policy.vocabulary.read_verbs)
	is_object(data.mcp.policy.vocabulary.write_verbs)
	every kind in ["path", "paths", "sql", "url", "urls", "content"] {
		is_object(data.mcp.policy.vocabulary.arguments[kind])
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
