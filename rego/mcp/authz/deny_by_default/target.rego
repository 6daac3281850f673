package mcp.authz.deny_by_default

import data.mcp.lib.grant
import data.mcp.lib.policy

# METADATA
# title: Malformed name
# description: The tool's name isn't 1 to 128 of A-Z, a-z, 0-9, `_`, `.` and `-`, or a resource's or prompt's is empty.
# custom:
#   fix: Call the tool by the name that its server lists.
#   controls: [NIST SI-10, CWE-20]
name_malformed contains _finding(rego.metadata.chain(), null) if {
	legible
	not _name_formed
}

# METADATA
# title: Server not named
# description: The call doesn't say which server it is for, and an entry of the policy names the tool on one server.
# custom:
#   fix: Name the server (server_id) in the call.
#   controls: [NIST AC-3, CWE-863]
server_missing contains _finding(rego.metadata.chain(), null) if {
	legible
	policy.known
	not _server_told
}

# METADATA
# title: Globally denied
# description: An entry of global_deny_list names the tool, in whatever case. No grant permits it.
# custom:
#   fix: Use another tool. What is globally denied stays refused, whoever asks.
#   controls: [OWASP A01:2021, NIST AC-3, NIST CM-7]
globally_denied contains _finding(rego.metadata.chain(), grant.source(entry)) if {
	legible
	some entry in _denials
}

# METADATA
# title: Unsafe URI
# description: The resource's URI, or its path, is not in canonical form; two readers could take it for two resources.
# custom:
#   fix: Send the URI in its normal form, without `..`, empty segments or, for a file, host, query and fragment.
#   controls: [OWASP A01:2021, NIST SI-10, CWE-22]
uri_unsafe contains _finding(rego.metadata.chain(), null) if {
	legible
	not _uri_safe
}
