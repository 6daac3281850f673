# METADATA
# title: Scoped write
# description: >-
#   Judges the grants that, for the called tool, are grants to write. Permits where the grant has a scope and every constraint is proven
#   to hold.
package mcp.authz.scoped_write

import data.mcp.lib.constraint
import data.mcp.lib.grant
import data.mcp.lib.reason

# METADATA
# title: Permitted to write
# description: A grant to write covers the call, says where, and each of its constraints holds.
permitted(granted) if {
	grant.judge(granted) == "scoped_write"
	grant.whole(granted)
	_scoped(granted)
	constraint.hold(granted)
}

# METADATA
# description: What grants to write have against the call.
findings := scope_missing | {finding | some finding in constraint.findings; finding.policy == "scoped_write"}

# METADATA
# title: Write without scope
# description: The tool writes by its name or by the grant's access, and the grant allows no paths, tables, SQL operations or hosts.
# custom:
#   fix: Say where it may write (allowed_paths, allowed_tables, …); or state access, read; or state scope, any.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-6]
scope_missing contains reason.finding(rego.metadata.chain(), "scoped_write", null, grant.source(granted)) if {
	some grants in grant.matched
	some granted in grants
	grant.judge(granted) == "scoped_write"
	not _scoped(granted)
}

_scoped(granted) if granted.scoped == true
