package mcp.lib.constraint.sql

import data.mcp.lib.argument
import data.mcp.lib.grant
import data.mcp.lib.reason

# METADATA
# title: No SQL to judge
# description: An argument that the grant constrains as SQL is absent, or is no string.
# custom:
#   fix: Send the statement as a string. If the tool names it otherwise, name that argument in sql_arguments.
#   controls: [NIST SI-10, CWE-20]
sql_missing contains reason.of(rego.metadata.chain(), judged, place, "sql_arguments") if {
	some judged in _judged
	values := argument.read(judged.constraint.arguments, "sql")
	some place in argument.unreadable(values)
}

# METADATA
# title: SQL not understood
# description: >-
#   The text is not one statement that parses completely in the grant's sql_dialect (in every one, to the same effect,
#   where none is stated), so that what it does is unknown.
# custom:
#   fix: Send one plain statement. State sql_dialect in the policy if the database has a dialect of its own.
#   controls: [OWASP A03:2021, NIST SI-10, CWE-89]
sql_unknown contains reason.of(rego.metadata.chain(), judged, place, "sql_arguments") if {
	some [judged, place, fact] in _statements
	not _known(fact)
}

# METADATA
# title: Operation not allowed
# description: The statement, or one inside it, does something that is none of the grant's allowed_operations.
# custom:
#   fix: Use an allowed operation, or add the operation to allowed_operations.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-3, NIST AC-6]
operation_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_operations") if {
	some [judged, place, fact] in _statements
	_known(fact)
	constraint := judged.constraint
	not _operations_allowed(constraint, fact)
}

# METADATA
# title: Function not allowed
# description: >-
#   The statement calls a function that is not known to be free of side effects, and is none of the grant's
#   allowed_functions.
# custom:
#   fix: Leave the function out. If it is harmless, add it to allowed_functions.
#   controls: [OWASP A03:2021, NIST AC-6, CWE-89]
function_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_functions") if {
	some [judged, place, fact] in _statements
	_known(fact)
	constraint := judged.constraint
	not _functions_allowed(constraint, fact)
}

# METADATA
# title: Table not allowed
# description: The statement names a table that is none of the grant's allowed_tables, as written, schema included.
# custom:
#   fix: Use an allowed table, written as in allowed_tables, or add the table there.
#   monitor: true
#   controls: [OWASP A01:2021, NIST AC-3, NIST AC-6]
table_not_allowed contains reason.of(rego.metadata.chain(), judged, place, "allowed_tables") if {
	some [judged, place, fact] in _statements
	_known(fact)
	constraint := judged.constraint
	not _tables_allowed(constraint, fact)
}

# METADATA
# title: Table denied
# description: The statement names a table of the grant's denied_tables, in whatever case and schema.
# custom:
#   fix: Use another table. A denied table stays refused, whatever allows it.
#   controls: [OWASP A01:2021, NIST AC-3]
table_denied contains reason.of(rego.metadata.chain(), judged, place, "denied_tables") if {
	some [judged, place, fact] in _statements
	_known(fact)
	constraint := judged.constraint
	not _tables_clear(constraint, fact)
}

# METADATA
# title: Rows not limited
# description: The outermost query doesn't prove that it gives at most max_rows rows, and no limit_argument says so.
# custom:
#   fix: Add LIMIT with a plain number up to max_rows, or send such a number in the argument that limit_argument names.
#   monitor: true
#   controls: [NIST SC-5, CWE-770]
rows_not_limited contains reason.of(rego.metadata.chain(), judged, place, "max_rows") if {
	some [judged, place, fact] in _statements
	_known(fact)
	constraint := judged.constraint
	not _rows_limited(constraint, fact)
}

_judged contains judged if {
	some judged in grant.judged
	judged.constraint.kind == "sql"
}

_statements contains [judged, place, _fact(judged.constraint, place)] if {
	some judged in _judged
	some place, value in argument.read(judged.constraint.arguments, "sql")
	argument.text(place, value)
}
