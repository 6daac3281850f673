# METADATA
# title: Deny by default
# description: >-
#   Refuses what no grant may permit, and whatever nothing permits. Each refusal negates a line of `admitted`, so that a
#   call is either admitted or refused with a reason. (Only rules, references, and functions of variables that have a
#   value are negated, here and everywhere: `not f(x.y)` is no true negation, it is undefined where x.y is.)
package mcp.authz.deny_by_default

import data.mcp.lib.call
import data.mcp.lib.name
import data.mcp.lib.path
import data.mcp.lib.policy
import data.mcp.lib.reason

# METADATA
# description: Nothing stands in the way of asking the grants.
admitted if {
	legible
	_method_known
	_name_formed
	policy.known
	policy.unexpired
	policy.holders_whole(call.kind)
	_server_told
	_limits_whole
	_denials == []
	_arguments_formed
	_schema_satisfied
	_uri_safe
	_value_safe
}

# METADATA
# description: The question and the policy data can be read. Where they can't, nothing else is worth saying.
legible if {
	call.whole
	policy.usable
}

_methods := {
	"resources/read": {"resource"},
	"resources/subscribe": {"resource"},
	"resources/unsubscribe": {"resource"},
	"prompts/get": {"prompt"},
	"completion/complete": {"prompt", "resource"},
}

# Wasm makes the table anew for each call, so the common case stands before it.
_method_known if {
	call.method == "tools/call"
	call.kind == "tool"
} else if call.kind in _methods[call.method]

_name_formed if {
	call.kind == "tool"
	name.valid(call.name)
} else if {
	call.kind != "tool"
	call.name != ""
}

_server_told if {
	call.server != null
} else if {
	call.kind == "resource"
} else if policy.serverless(call.kind, call.name)

_denials := policy.denials(call.kind, call.server, call.name)

_limits_whole if every limit in policy.limits { _limit_whole(limit) }

_limit_whole(limit) if {
	is_number(limit.calls_per_minute)
	limit.calls_per_minute > 0
}

_arguments_formed if is_object(call.arguments)

_schema_satisfied if {
	call.facts.schema == "valid"
} else if {
	call.facts.schema == "none"
	policy.schemas == []
}

_uri_safe if {
	call.kind != "resource"
} else if {
	call.method == "completion/complete"
} else if {
	call.facts.uri.canonical == true
	_path_safe(call.facts.uri.path)
}

# No path at all, and the root alone, everybody reads alike.
_path_safe(text) if text in {"", "/"}

_path_safe(text) if path.canonical(text)

_value_safe if {
	call.method != "completion/complete"
} else if {
	call.arguments.value == ""
} else if path.canonical(call.arguments.value)

_finding(chain, source) := reason.finding(chain, "deny_by_default", null, source)
