package mcp.authz

import data.mcp.authz.deny_by_default
import data.mcp.authz.read_only
import data.mcp.authz.scoped_write
import data.mcp.lib.grant

_permits := ["deny_by_default.granted"] if {
	deny_by_default.granted
} else := [code | some [codes, _] in _permitting; some code in codes]

# One holder is enough, if all of its grants that decide permit.
_permitting := [[codes, grants] |
	deny_by_default.legible
	some grants in grant.matched
	codes := [_permit(granted) | some granted in grants]
	count(codes) == count(grants)
]

_permit(granted) := "read_only.permitted" if {
	read_only.permitted(granted)
} else := "scoped_write.permitted" if {
	scoped_write.permitted(granted)
}

# A monitored call is bound by the grants that decide, though none permits.
_binding := [grants | some [_, grants] in _permitting] if {
	_permitting != []
} else := grant.matched
