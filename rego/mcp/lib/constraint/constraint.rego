# METADATA
# title: Constraints
# description: Every kind of constraint that a grant can have. One of a kind that isn't known here doesn't hold.
package mcp.lib.constraint

import data.mcp.lib.constraint.path
import data.mcp.lib.constraint.plain
import data.mcp.lib.constraint.size
import data.mcp.lib.constraint.sql
import data.mcp.lib.constraint.url
import data.mcp.lib.grant

# METADATA
# description: All constraints of a grant are proven to hold.
hold(granted) if every constraint in granted.constraints { _holds(constraint) }

# METADATA
# description: A grant and its constraints are whole, as far as they are read.
whole(granted) if {
	grant.judge(granted)
	grant.whole(granted)
	every constraint in granted.constraints { _whole(constraint) }
}

# METADATA
# description: All that the constraints of the grants that decide have against the call.
findings := union({
	path.path_missing, path.path_unsafe, path.path_outside_roots, path.path_not_allowed, path.path_denied,
	path.extension_not_allowed, path.extension_denied,
	size.content_missing, size.size_exceeded,
	sql.sql_missing, sql.sql_unknown, sql.operation_not_allowed, sql.function_not_allowed,
	sql.table_not_allowed, sql.table_denied, sql.rows_not_limited,
	url.url_missing, url.url_unsafe, url.scheme_not_allowed, url.host_not_allowed, url.host_internal,
	plain.argument_not_plain,
})

_holds(constraint) if {
	constraint.kind == "path"
	path.holds(constraint)
} else if {
	constraint.kind == "sql"
	sql.holds(constraint)
} else if {
	constraint.kind == "url"
	url.holds(constraint)
} else if {
	constraint.kind == "size"
	size.holds(constraint)
} else if {
	constraint.kind == "plain"
	plain.holds(constraint)
}

_whole(constraint) if {
	constraint.kind == "path"
	path.whole(constraint)
} else if {
	constraint.kind == "sql"
	sql.whole(constraint)
} else if {
	constraint.kind == "url"
	url.whole(constraint)
} else if {
	constraint.kind == "size"
	size.whole(constraint)
} else if {
	constraint.kind == "plain"
	plain.whole(constraint)
}
