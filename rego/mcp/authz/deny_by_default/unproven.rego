package mcp.authz.deny_by_default

import data.mcp.authz.read_only
import data.mcp.authz.scoped_write
import data.mcp.lib.policy

# METADATA
# description: Everything that the three policies have against the call.
against := union({findings, read_only.findings, scoped_write.findings}) if legible

else := findings

# METADATA
# title: Not proven
# description: Nothing permits the call, though nothing in particular speaks against it. A fault; it refuses, as every doubt does.
# custom:
#   fix: Report it with the decision's id; until then state the grant in other words.
#   controls: [NIST SC-24, CWE-636]
unproven contains _finding(rego.metadata.chain(), null) if against == set()

# METADATA
# title: Monitored
# description: Under default_action LOG_AND_ALLOW, all that speaks against the call is of the kind that a roll-out softens.
monitored if {
	policy.monitoring
	admitted
	against != set()
	every finding in against {
		finding.soft == true
	}
}
