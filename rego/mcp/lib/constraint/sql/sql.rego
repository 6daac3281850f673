# METADATA
# title: SQL
# description: >-
#   Judges `sql` constraints by what was read in each statement. It reads no SQL: a text that was not read, or not understood, is refused.
package mcp.lib.constraint.sql

import data.mcp.lib.argument
import data.mcp.lib.call
import data.mcp.lib.grant
import data.mcp.lib.optional
import data.mcp.lib.pointer
import data.mcp.lib.reason

# METADATA
# description: The constraint is whole. Whatever it lacks would otherwise not bind.
whole(constraint) if {
	argument.whole(constraint.arguments)
	is_string(constraint.dialect)
	is_object(constraint.operations)
	is_object(constraint.functions)
	optional.object(constraint.allow_tables)
	is_object(constraint.deny_tables)
	optional.number(constraint.max_rows)
	optional.array(constraint.limit_argument)
}

# METADATA
# description: Every statement that the constraint reads is understood, and proven to keep it.
holds(constraint) if {
	whole(constraint)
	values := argument.read(constraint.arguments, "sql")
	argument.readable(values)
	every place, _ in values {
		_known(constraint, place)
		fact := _fact(constraint, place)
		_operations_allowed(constraint, fact)
		_functions_allowed(constraint, fact)
		_tables_allowed(constraint, fact)
		_tables_clear(constraint, fact)
		_rows_limited(constraint, fact)
	}
}

# METADATA
# title: No SQL to judge
# description: An argument that the grant constrains as SQL is absent, or is no string.
# custom:
#   fix: Send the statement as a string; if the tool names it otherwise, name that argument in sql_arguments.
#   controls: [NIST SI-10, CWE-20]
sql_missing contains reason.of(rego.metadata.chain(), judged, place, "sql_arguments") if {
	some judged in _judged
	values := argument.read(judged.constraint.arguments, "sql")
	some place in argument.unreadable(values)
}

# METADATA
# title: SQL not understood
# description: >-
#   The text is not one statement that parses completely in the grant's sql_dialect (in all of them where none is stated), so that what it
#   does is unknown.
# custom:
#   fix: Send one plain statement; state sql_dialect in the policy if the statement needs a dialect of its own.
#   controls: [OWASP A03:2021, NIST SI-10, CWE-89]
sql_unknown contains reason.of(rego.metadata.chain(), judged, place, "sql_arguments") if {
	some judged in _judged
	some place, value in argument.read(judged.constraint.arguments, "sql")
	argument.text(place, value)
	not _known(judged.constraint, place)
}

# METADATA
# title: Operation not allowed
# description: The statement, or one inside it, does something that is not among the grant's allowed_operations.
# custom:
#   fix: Use an allowed operation, or add the operation to allowed_operations.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-3, NIST AC-6]
operation_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_operations") if {
	some [judged, place, fact] in _read
	not _operations_allowed(judged.constraint, fact)
}

# METADATA
# title: Function not allowed
# description: The statement calls a function that is not known to be free of side effects, nor among the grant's allowed_functions.
# custom:
#   fix: Leave the function out, or, if it is harmless, add it to allowed_functions.
#   controls: [OWASP A03:2021, NIST AC-6, CWE-89]
function_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_functions") if {
	some [judged, place, fact] in _read
	not _functions_allowed(judged.constraint, fact)
}

# METADATA
# title: Table not allowed
# description: The statement names a table that is not among the grant's allowed_tables, as it is written, schema included.
# custom:
#   fix: Use an allowed table, written as in allowed_tables, or add the table there.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-3, NIST AC-6]
table_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_tables") if {
	some [judged, place, fact] in _read
	not _tables_allowed(judged.constraint, fact)
}

# METADATA
# title: Table denied
# description: The statement names a table of the grant's denied_tables, in whatever case and schema.
# custom:
#   fix: Use another table; a denied table stays refused whatever else allows it.
#   controls: [OWASP A01:2021, NIST AC-3]
table_denied contains reason.of(rego.metadata.chain(), judged, place, "denied_tables") if {
	some [judged, place, fact] in _read
	not _tables_clear(judged.constraint, fact)
}

# METADATA
# title: Rows not limited
# description: The outermost query does not prove that it gives at most max_rows rows, and no limit_argument says so.
# custom:
#   fix: Add LIMIT with a plain number up to max_rows, or send such a number in the argument that limit_argument names.
#   monitor: true
#   controls: [NIST SC-5, CWE-770]
rows_not_limited contains reason.of(rego.metadata.chain(), judged, place, "max_rows") if {
	some [judged, place, fact] in _read
	not _rows_limited(judged.constraint, fact)
}

_judged contains judged if {
	some judged in grant.judged
	judged.constraint.kind == "sql"
}

_read contains [judged, place, _fact(judged.constraint, place)] if {
	some judged in _judged
	some place, value in argument.read(judged.constraint.arguments, "sql")
	argument.text(place, value)
	_known(judged.constraint, place)
}

_fact(constraint, place) := call.facts.sql[constraint.dialect][place]

_known(constraint, place) if {
	fact := _fact(constraint, place)
	fact.known == true
	is_array(fact.operations)
	is_array(fact.functions)
	is_array(fact.tables)
	every table in fact.tables {
		is_string(table.name)
		is_string(table.last)
	}
	optional.number(fact.rows)
}

_operations_allowed(constraint, fact) if {
	count(fact.operations) > 0
	every operation in fact.operations {
		constraint.operations[operation]
	}
}

_functions_allowed(constraint, fact) if {
	every function in fact.functions {
		constraint.functions[function]
	}
}

_tables_allowed(constraint, _) if constraint.allow_tables == null

_tables_allowed(constraint, fact) if {
	every table in fact.tables {
		constraint.allow_tables[table.name]
	}
}

_tables_clear(constraint, fact) if {
	every table in fact.tables {
		not constraint.deny_tables[table.last]
	}
}

_rows_limited(constraint, _) if constraint.max_rows == null

_rows_limited(constraint, fact) if {
	fact.rows != null
	fact.rows <= constraint.max_rows
}

_rows_limited(constraint, _) if {
	pointer.complete(call.arguments, constraint.limit_argument)
	every limit in pointer.found(call.arguments, constraint.limit_argument) {
		is_number(limit)
		limit % 1 == 0
		limit >= 1
		limit <= constraint.max_rows
	}
}
