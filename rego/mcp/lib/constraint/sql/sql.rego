# METADATA
# title: SQL
# description: >-
#   Judges `sql` constraints by what was read in each statement. It reads no SQL itself: a statement that was not read,
#   or not understood, is refused.
package mcp.lib.constraint.sql

import data.mcp.lib.argument
import data.mcp.lib.call
import data.mcp.lib.optional
import data.mcp.lib.pointer

# METADATA
# description: The constraint is whole. What it lacks would otherwise not bind.
whole(constraint) if {
	argument.whole(constraint.arguments)
	is_string(constraint.dialect)
	is_object(constraint.operations)
	is_object(constraint.functions)
	optional.map(constraint.allow_tables)
	is_object(constraint.deny_tables)
	optional.number(constraint.max_rows)
	optional.list(constraint.limit_argument)
}

# METADATA
# description: Every statement that the constraint reads is understood, and proven to keep it.
holds(constraint) if {
	whole(constraint)
	values := argument.read(constraint.arguments, "sql")
	argument.readable(values)
	every place, _ in values {
		fact := _fact(constraint, place)
		_known(fact)
		_operations_allowed(constraint, fact)
		_functions_allowed(constraint, fact)
		_tables_allowed(constraint, fact)
		_tables_clear(constraint, fact)
		_rows_limited(constraint, fact)
	}
}

# An unread statement is one that isn't known.
_fact(constraint, place) := object.get(call.facts.sql, [constraint.dialect, place], {"known": false})

_known(fact) if {
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
	fact.operations != []
	every operation in fact.operations { constraint.operations[operation] }
}

_functions_allowed(constraint, fact) if every function in fact.functions { constraint.functions[function] }

_tables_allowed(constraint, fact) if {
	constraint.allow_tables == null
} else if {
	every table in fact.tables { constraint.allow_tables[table.name] }
}

_tables_clear(constraint, fact) if every table in fact.tables { _table_clear(constraint, table.last) }

_table_clear(constraint, last) if not constraint.deny_tables[last]

_rows_limited(constraint, fact) if {
	constraint.max_rows == null
} else if {
	fact.rows != null
	fact.rows <= constraint.max_rows
} else if {
	constraint.limit_argument != null
	pointer.complete(call.arguments, constraint.limit_argument)
	every limit in pointer.found(call.arguments, constraint.limit_argument) { _within(limit, constraint.max_rows) }
}

_within(limit, most) if {
	is_number(limit)
	limit >= 1
	limit <= most
	round(limit) == limit
}
