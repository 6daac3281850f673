package mcp.authz.deny_by_default

import data.mcp.authz.read_only
import data.mcp.authz.scoped_write
import data.mcp.lib.policy

# METADATA
# description: All that the three policies have against the call.
against := union({
	input_malformed, policy_unusable, method_unknown, name_malformed, server_missing, actor_unknown, actor_expired,
	globally_denied, no_grant, arguments_malformed, schema_invalid, schema_unknown, uri_unsafe, value_unsafe,
	_against_grants,
})

# METADATA
# title: Not proven
# description: Nothing permits the call, though nothing in particular speaks against it. Every doubt refuses.
# custom:
#   fix: This is a fault of mcp-opa. Report it with the call and the policy; state the grant in other words until then.
#   controls: [NIST SC-24, CWE-636]
unproven contains _finding(rego.metadata.chain(), null) if against == set()

# METADATA
# title: Monitored
# description: Under LOG_AND_ALLOW, all that speaks against the call is of the kind that a roll-out softens.
monitored if {
	policy.monitoring
	admitted
	against != set()
	every finding in against { finding.soft == true }
}

_against_grants := read_only.findings | scoped_write.findings if {
	legible
} else := set()
