package mcp.authz

import data.mcp.lib.argument
import data.mcp.lib.call
import data.mcp.lib.grant
import data.mcp.lib.policy

# METADATA
# title: Which facts a decision will want
# description: >-
#   Those of every grant that decides, and every schema of the tool. Where question or data can't be read nothing is
#   wanted; the decision then says why.
# entrypoint: true
needs := {
	"version": 1,
	"id": call.id,
	"revision": policy.revision,
	"contact": policy.contact,
	"schemas": [entry.schema | _askable; some entry in policy.schemas],
	"sql": [{"dialect": constraint.dialect, "arguments": argument.segments(constraint.arguments, "sql")} |
		some constraint in _constraints
		constraint.kind == "sql"
	],
	"url": _wanted("url", "url"),
	"content": _wanted("size", "content"),
}

_wanted(kind, default_names) := [segments |
	some constraint in _constraints
	constraint.kind == kind
	some segments in argument.segments(constraint.arguments, default_names)
]

_constraints := [constraint |
	_askable
	some grants in grant.matched
	some granted in grants
	some constraint in granted.constraints
]

_askable if {
	call.whole_needs
	policy.usable
}
