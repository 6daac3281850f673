package mcp.authz

import data.mcp.lib.argument
import data.mcp.lib.call
import data.mcp.lib.grant
import data.mcp.lib.policy

# METADATA
# title: Which facts a decision will want
# description: >-
#   Of every grant that decides, and every schema of the tool. Where the data or the question can't be read, nothing is needed: the
#   decision then says why.
# entrypoint: true
needs := {
	"version": 1,
	"id": call.id,
	"revision": policy.revision,
	"contact": policy.contact,
	"schemas": [entry.schema | some entry in policy.schemas],
	"sql": [{"dialect": constraint.dialect, "arguments": argument.segments(constraint.arguments, "sql")} |
		some constraint in _constraints
		constraint.kind == "sql"
	],
	"url": _segments("url", "url"),
	"content": _segments("size", "content"),
}

_segments(kind, arguments) := [segments |
	some constraint in _constraints
	constraint.kind == kind
	some segments in argument.segments(constraint.arguments, arguments)
]

_constraints := [constraint |
	call.whole_needs
	policy.usable
	some grants in grant.matched
	some granted in grants
	some constraint in granted.constraints
]
