package mcp.authz.deny_by_default

import data.mcp.lib.call

# METADATA
# title: Arguments malformed
# description: The call's arguments are no object.
# custom:
#   fix: Send the arguments as a JSON object. A call without arguments has an empty one.
#   controls: [NIST SI-10, CWE-20]
arguments_malformed contains _finding(rego.metadata.chain(), null) if {
	legible
	not _arguments_formed
}

# METADATA
# title: Arguments against the schema
# description: The arguments don't satisfy a JSON Schema of the policy, of the call or of the server.
# custom:
#   fix: Send the arguments that the tool's schema describes, and no others.
#   controls: [NIST SI-10, CWE-20]
schema_invalid contains _finding(rego.metadata.chain(), null) if {
	legible
	call.facts.schema == "invalid"
}

# METADATA
# title: Arguments not checked
# description: Whether the arguments satisfy a schema couldn't be told, or the policy has one that wasn't applied.
# custom:
#   fix: Simplify the schema (no remote $ref, no loops), and see that the gate asks this engine which schemas apply.
#   controls: [NIST SI-10, CWE-20]
schema_unknown contains _finding(rego.metadata.chain(), null) if {
	legible
	call.facts.schema != "invalid"
	not _schema_satisfied
}

# METADATA
# title: Unsafe value to complete
# description: The value to complete is no string, or is neither empty nor in the canonical form of a path.
# custom:
#   fix: Send the value as plain text, without `..`, backslashes or a trailing `/`.
#   controls: [NIST SI-10, CWE-22]
value_unsafe contains _finding(rego.metadata.chain(), null) if {
	legible
	not _value_safe
}
