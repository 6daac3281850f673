package mcp.authz.deny_by_default

import data.mcp.lib.call
import data.mcp.lib.constraint
import data.mcp.lib.grant
import data.mcp.lib.policy

# METADATA
# title: Input malformed
# description: The input document lacks a part that the contract names, has one more, or one of another type.
# custom:
#   fix: Send the document that docs/contracts.md describes, as mcp-opa itself does.
#   controls: [NIST SI-10, CWE-20]
input_malformed contains _finding(rego.metadata.chain(), null) if not call.whole

# METADATA
# title: Policy data unusable
# description: The policy data is missing, of another format, or lacks a part that this decision is looked up in.
# custom:
#   fix: Build the bundle again with the mcp-opa that runs it, and see that the engine has loaded it.
#   controls: [NIST SI-7, NIST SC-24, CWE-636]
policy_unusable contains _finding(rego.metadata.chain(), source) if some source in _faults

# METADATA
# title: Method not judged
# description: The MCP method is none that a policy can permit, or doesn't go with the kind of thing that is asked for.
# custom:
#   fix: Ask about tools/call, resources/read, subscribe or unsubscribe, prompts/get or completion/complete.
#   controls: [OWASP A01:2021, NIST AC-3]
method_unknown contains _finding(rego.metadata.chain(), null) if {
	legible
	not _method_known
}

_faults contains null if not policy.usable

_faults contains null if {
	legible
	policy.known
	_method_known
	kind := call.kind
	not policy.holders_whole(kind)
}

_faults contains grant.source(limit) if {
	legible
	some limit in policy.limits
	not _limit_whole(limit)
}

_faults contains grant.source(granted_tool) if {
	legible
	some grants in grant.matched
	some granted_tool in grants
	not constraint.whole(granted_tool)
}
