package mcp.authz.deny_by_default

import data.mcp.lib.grant
import data.mcp.lib.policy

# METADATA
# title: Unknown actor
# description: The policy names no such actor. The groups that it claims change nothing.
# custom:
#   fix: Add the actor under actors, or authenticate as one that is there.
#   controls: [OWASP A01:2021, NIST AC-2, NIST AC-3]
actor_unknown contains _finding(rego.metadata.chain(), null) if {
	legible
	not policy.known
}

# METADATA
# title: Actor expired
# description: The day on which the policy lets this actor expire has come.
# custom:
#   fix: Set a later day in the actor's expires, if it is still to act.
#   controls: [NIST AC-2]
actor_expired contains _finding(rego.metadata.chain(), policy.actor_source) if {
	legible
	policy.known
	not policy.unexpired
}

# METADATA
# title: No grant
# description: Neither the actor nor one of its groups is granted this tool, resource or prompt on this server.
# custom:
#   fix: Grant it in allowed_tools, resources or prompts of the actor, or of one of its groups.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-3, NIST AC-6]
no_grant contains _finding(rego.metadata.chain(), null) if {
	legible
	policy.known
	_name_formed
	_server_told
	not _granted_at_all
}

_granted_at_all if granted

_granted_at_all if grant.matched != []
