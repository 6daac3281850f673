# METADATA
# title: Scoped write
# description: Judges the grants that, for the called tool, are grants to write; those must say where.
package mcp.authz.scoped_write

import data.mcp.lib.constraint
import data.mcp.lib.grant
import data.mcp.lib.reason

# METADATA
# title: Permitted to write
# description: A grant to write covers the call, has a scope, and each of its constraints is proven to hold.
permitted(granted) if {
	grant.judge(granted) == "scoped_write"
	grant.whole(granted)
	_scoped(granted)
	constraint.hold(granted)
}

# METADATA
# description: What grants to write have against the call.
# scope: document
findings contains finding if some finding in scope_missing

findings contains finding if {
	some finding in constraint.findings
	finding.policy == "scoped_write"
}

# METADATA
# title: Write without scope
# description: The tool writes, by its name or the grant's access, but nothing in the grant says where it may.
# custom:
#   fix: Say where it may write (allowed_paths, allowed_tables …), or state `access` read, or `scope` any.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-6]
scope_missing contains reason.finding(rego.metadata.chain(), "scoped_write", null, grant.source(granted)) if {
	some grants in grant.matched
	some granted in grants
	grant.judge(granted) == "scoped_write"
	not _scoped(granted)
}

_scoped(granted) if granted.scoped == true
