# METADATA
# title: Read only
# description: Judges the grants that, for the called tool, are grants to read.
package mcp.authz.read_only

import data.mcp.lib.constraint
import data.mcp.lib.grant

# METADATA
# title: Permitted to read
# description: A grant to read covers the call, and each of its constraints is proven to hold.
permitted(granted) if {
	grant.judge(granted) == "read_only"
	grant.whole(granted)
	constraint.hold(granted)
}

# METADATA
# description: What grants to read have against the call.
findings contains finding if {
	some finding in constraint.findings
	finding.policy == "read_only"
}
