package mcp.authz

import data.mcp.authz.deny_by_default
import data.mcp.lib.call
import data.mcp.lib.policy

# METADATA
# title: The verdict on one call
# description: >-
#   Allowed if admitted and permitted; allowed, and recorded as such, if LOG_AND_ALLOW softens all that speaks against
#   it; else refused.
# entrypoint: true
decision := _answer("ALLOW", _permits, [], []) if {
	deny_by_default.admitted
	_permits != []
} else := _answer("LOG_AND_ALLOW", ["deny_by_default.monitored"], [], _reasons(deny_by_default.against)) if {
	deny_by_default.monitored
} else := _answer("DENY", [], _reasons(deny_by_default.against | deny_by_default.unproven), [])

_answer(effect, permits, reasons, would_deny) := {
	"version": 1,
	"id": call.id,
	"revision": policy.revision,
	"effect": effect,
	"allow": effect != "DENY",
	"rule": min(array.concat(permits, [reason.code | some reason in reasons])),
	"permits": permits,
	"reasons": reasons,
	"would_deny": would_deny,
	"obligations": {
		"timeout_seconds": _least([granted.timeout_seconds | some grants in _binding; some granted in grants]),
		"rate_limit": _least([limit.calls_per_minute | deny_by_default.legible; some limit in policy.limits]),
		"log": true,
		"alert": _alert(effect),
	},
}

_reasons(findings) := {finding.reason | some finding in findings}

_least(stated) := min(bounds) if {
	bounds := [bound | some bound in stated; bound != null]
	bounds != []
} else := null

_alert(effect) if {
	effect != "ALLOW"
	policy.alerting
} else := false
