# METADATA
# title: Deny by default
# description: >-
#   Refuses what no grant may permit, and whatever nothing permits. Each refusal is the negation of a line that `admitted` proves, so that a
#   call is either admitted or refused with a reason.
package mcp.authz.deny_by_default

import data.mcp.lib.call
import data.mcp.lib.constraint
import data.mcp.lib.grant
import data.mcp.lib.policy
import data.mcp.lib.reason

# METADATA
# title: Input malformed
# description: The input document lacks a part that the contract names, has one more, or one of another type.
# custom:
#   fix: Send the document that docs/contracts.md describes; mcp-opa itself always does.
#   controls: [NIST SI-10, CWE-20]
input_malformed contains _finding(rego.metadata.chain(), null) if not call.whole

# METADATA
# title: Policy data unusable
# description: The policy data is missing, of another format, or lacks a part that this decision is looked up in.
# custom:
#   fix: Build the bundle again with mcp-opa of the same version, and see that the engine has loaded it.
#   controls: [NIST SI-7, NIST SC-24, CWE-636]
policy_unusable contains _finding(rego.metadata.chain(), source) if some source in _faults

# METADATA
# title: Method not judged
# description: The MCP method is none of those that a policy can permit, or does not go with the kind of thing that is asked for.
# custom:
#   fix: Only tools/call, resources/read, resources/subscribe, resources/unsubscribe, prompts/get and completion/complete are judged.
#   controls: [OWASP A01:2021, NIST AC-3]
method_unknown contains _finding(rego.metadata.chain(), null) if {
	legible
	not _method_known
}

# METADATA
# title: Malformed name
# description: The tool's name is not 1 to 128 of A-Z, a-z, 0-9, `_`, `.` and `-`, or the name of a resource or prompt is empty.
# custom:
#   fix: Call the tool by the name that the server lists.
#   controls: [NIST SI-10, CWE-20]
name_malformed contains _finding(rego.metadata.chain(), null) if {
	legible
	not _name_formed
}

# METADATA
# title: Server not named
# description: The call doesn't say which server it is for, and an entry of the policy names this tool on one server.
# custom:
#   fix: Name the server (server_id) in the call.
#   controls: [NIST AC-3, CWE-863]
server_missing contains _finding(rego.metadata.chain(), null) if {
	legible
	policy.known
	not _server_told
}

# METADATA
# title: Unknown actor
# description: The policy names no such actor. Groups that it claims change nothing.
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
# title: Globally denied
# description: An entry of global_deny_list names the tool, in whatever case. No grant permits it.
# custom:
#   fix: Use another tool; what is globally denied stays refused whoever asks.
#   controls: [OWASP A01:2021, NIST AC-3, NIST CM-7]
globally_denied contains _finding(rego.metadata.chain(), grant.source(entry)) if {
	legible
	some entry in _denials
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

# METADATA
# title: Arguments malformed
# description: The call's arguments are no object.
# custom:
#   fix: Send the arguments as a JSON object; a call without arguments has {}.
#   controls: [NIST SI-10, CWE-20]
arguments_malformed contains _finding(rego.metadata.chain(), null) if {
	legible
	not is_object(call.arguments)
}

# METADATA
# title: Arguments against the schema
# description: The arguments don't satisfy a JSON Schema of the policy, of the call or of the server.
# custom:
#   fix: Send the arguments as the tool's schema describes them, and no others.
#   controls: [NIST SI-10, CWE-20]
schema_invalid contains _finding(rego.metadata.chain(), null) if {
	legible
	call.facts.schema == "invalid"
}

# METADATA
# title: Arguments not checked
# description: Whether the arguments satisfy their schema could not be told, or the policy has a schema for this tool that was not applied.
# custom:
#   fix: Simplify the schema (no remote $ref, no loops, no unknown draft), or see that the gate reads the policy's own.
#   controls: [NIST SI-10, CWE-20]
schema_unknown contains _finding(rego.metadata.chain(), null) if {
	legible
	call.facts.schema != "invalid"
	not _schema_satisfied
}

# METADATA
# title: Unsafe URI
# description: The resource's URI is not in its canonical form, or its path is not, so that two readers could take it for two resources.
# custom:
#   fix: Send the URI in its normal form, without `..`, empty segments, encoded separators, and for file without host and query.
#   controls: [OWASP A01:2021, NIST SI-10, CWE-22]
uri_unsafe contains _finding(rego.metadata.chain(), null) if {
	legible
	not _uri_safe
}

# METADATA
# title: Unsafe value to complete
# description: The value to complete is no string, or neither empty nor in the canonical form of a path.
# custom:
#   fix: Send the value as plain text, without `..`, backslashes or a trailing `/`.
#   controls: [NIST SI-10, CWE-22]
value_unsafe contains _finding(rego.metadata.chain(), null) if {
	legible
	not _value_safe
}

# METADATA
# description: Everything that this policy has against the call.
findings := union({
	input_malformed, policy_unusable, method_unknown, name_malformed, server_missing, actor_unknown, actor_expired,
	globally_denied, no_grant, arguments_malformed, schema_invalid, schema_unknown, uri_unsafe, value_unsafe,
})

_finding(chain, source) := reason.finding(chain, "deny_by_default", null, source)

_granted_at_all if granted

_granted_at_all if grant.matched != []

_faults contains null if not policy.usable

_faults contains null if {
	legible
	policy.known
	not policy.holders_whole(call.kind)
}

_faults contains null if {
	legible
	not _limits_whole
}

_faults contains grant.source(granted_tool) if {
	legible
	some grants in grant.matched
	some granted_tool in grants
	not constraint.whole(granted_tool)
}
