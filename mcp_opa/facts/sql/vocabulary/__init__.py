"""The functions that each database is known to run without side effects, by the name that a query calls them by.

A name that isn't here is not known, whatever it does. Words of a type are here too: `numeric(10, 2)` has the shape of
a call.
"""

from mcp_opa.facts.sql.vocabulary import mysql, oracle, postgres, sqlite, tsql

_STORED = {"postgres": postgres.NAMES, "mysql": mysql.NAMES, "oracle": oracle.NAMES}
_ANYWHERE = frozenset[str]().union(*_STORED.values())
HARMLESS = {**_STORED, "sqlite": sqlite.NAMES | _ANYWHERE, "tsql": tsql.NAMES | _ANYWHERE}
"""Lower-case names by dialect.

SQLite has no stored functions, and SQL Server calls its users' own by a qualified name, which is another function here;
so a bare name that these two lack is no function at all there, and does nothing.
"""
