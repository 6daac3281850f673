"""The functions that each database is known to run without side effects, by the name that a query calls them by.

A name that isn't here is not known, whatever it does. Words of a type are here too: `numeric(10, 2)` has the shape of
a call.
"""

from mcp_opa.facts.sql.vocabulary import mysql, oracle, postgres, sqlite, tsql

HARMLESS = {
    "postgres": postgres.NAMES,
    "mysql": mysql.NAMES,
    "sqlite": sqlite.NAMES,
    "tsql": tsql.NAMES,
    "oracle": oracle.NAMES,
}
"""Lower-case names by dialect."""
