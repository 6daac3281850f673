package mcp.authz.deny_by_default

import data.mcp.lib.call
import data.mcp.lib.name
import data.mcp.lib.path
import data.mcp.lib.policy

_methods := {
	"resources/read": {"resource"},
	"resources/subscribe": {"resource"},
	"resources/unsubscribe": {"resource"},
	"prompts/get": {"prompt"},
	"completion/complete": {"prompt", "resource"},
}

# METADATA
# description: Nothing stands in the call's way before its grants are asked. Each line that isn't proven is a refusal of its own.
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
	is_object(call.arguments)
	_schema_satisfied
	_uri_safe
	_value_safe
}

# METADATA
# description: The question and the policy data can be read; where they can't, nothing else is worth saying.
legible if {
	call.whole
	policy.usable
}

# The common case first: Wasm makes the table anew for each call.
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

_limits_whole if {
	every limit in policy.limits {
		is_number(limit.calls_per_minute)
		limit.calls_per_minute > 0
	}
}

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
	_plain_path(call.facts.uri.path)
}

# No path at all, or the root alone, is read by everybody alike.
_plain_path(text) if text in {"", "/"}

_plain_path(text) if path.canonical(text)

_value_safe if {
	call.method != "completion/complete"
} else if {
	call.arguments.value == ""
} else if path.canonical(call.arguments.value)
