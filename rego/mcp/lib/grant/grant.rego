# METADATA
# title: The grants that decide
# description: >-
#   Finds, for each of the actor's holders, the grants that decide this call, and says whether each of them is judged as reading or
#   as writing. It doesn't say whether they permit.
package mcp.lib.grant

import data.mcp.lib.call
import data.mcp.lib.policy
import data.mcp.lib.words

# METADATA
# description: One array of grants for each holder that has some; all of an array must permit, one array is enough.
matched := [grants |
	call.kind == "tool"
	some holder in policy.holders
	grants := matching(holder, call.server, call.name)
	count(grants) > 0
]

# METADATA
# description: The grants of one holder that decide about a tool.
matching(holder, server, name) := [grant |
	some grant in policy.first(holder, "tool", server, name)
	not _beyond_reading(grant, name)
]

# METADATA
# description: Which policy judges a grant for this call, `read_only` or `scoped_write`. Undefined if the data doesn't say.
judge(grant) := "read_only" if {
	_access(grant) == "read"
} else := "scoped_write" if {
	_access(grant) == "write"
}

# METADATA
# description: Where in the policy document a grant, or another entry, comes from; null where the data doesn't say.
source(entry) := object.get(entry, "source", null)

# METADATA
# description: The grant is whole, as far as the policies read it; whatever it lacks would otherwise not bind.
whole(grant) if {
	is_boolean(grant.exact)
	is_boolean(grant.scoped)
	_seconds(grant.timeout_seconds)
	is_array(grant.constraints)
}

# METADATA
# description: Every constraint of every grant that decides, with the policy that judges it.
judged contains {"policy": judge(grant), "constraint": constraint} if {
	is_object(call.arguments)
	some grants in matched
	some grant in grants
	some constraint in grant.constraints
}

_access(grant) := words.access(policy.vocabulary, call.name) if {
	grant.access == "name"
} else := grant.access

# A pattern that grants reading does not reach a tool whose name speaks of writing.
_beyond_reading(grant, name) if {
	grant.access == "read"
	grant.exact == false
	words.holds_write(policy.vocabulary, name)
}

_seconds(null)

_seconds(number) if {
	is_number(number)
	number > 0
}
