# METADATA
# title: The grants that decide
# description: >-
#   Finds, for each of the actor's holders, the grants that decide this call, and says whether each is judged as reading
#   or as writing. Whether they permit is not said here.
package mcp.lib.grant

import data.mcp.lib.call
import data.mcp.lib.policy
import data.mcp.lib.words

# METADATA
# description: An array of grants for each holder that has some. All of an array must permit; one array is enough.
matched := [grants |
	call.kind == "tool"
	some holder in policy.holders
	grants := matching(holder, call.server, call.name)
	grants != []
]

# METADATA
# description: The grants of one holder that decide about a tool.
matching(holder, server, name) := [grant |
	some grant in policy.first(holder, "tool", server, name)
	not _beyond_reading(grant, name)
]

# METADATA
# description: The policy that judges a grant for this call; undefined where the data doesn't say.
judge(grant) := "read_only" if {
	_access(grant) == "read"
} else := "scoped_write" if {
	_access(grant) == "write"
}

# METADATA
# description: The grant is whole, as far as it is read. What it lacks would otherwise not bind.
whole(grant) if {
	is_string(grant.access)
	is_boolean(grant.exact)
	is_boolean(grant.scoped)
	is_array(grant.constraints)
	_timeout(grant.timeout_seconds)
}

# METADATA
# description: Where the policy document states a grant or another entry; null where the data doesn't say.
source(entry) := object.get(entry, "source", null)

# METADATA
# description: Each constraint of each grant that decides, with the policy that judges it.
judged contains {"policy": judge(grant), "constraint": constraint} if {
	is_object(call.arguments)
	some grants in matched
	some grant in grants
	some constraint in grant.constraints
}

_access(grant) := words.access(policy.vocabulary, call.name) if {
	grant.access == "name"
} else := grant.access

# A pattern that grants reading doesn't reach a tool whose name speaks of writing.
_beyond_reading(grant, name) if {
	grant.access == "read"
	grant.exact == false
	words.holds_write(policy.vocabulary, name)
}

_timeout(null)

_timeout(seconds) if {
	is_number(seconds)
	seconds > 0
}
