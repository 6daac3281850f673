"""What a SQL text would do: its operations, tables, functions and the number of rows that it can give at most.

Guarantees: `known` only where the whole text is one statement that is understood to its last word, in the dialect
asked for, or in all five alike (`any`); whatever fails, is in doubt or is too large is not known, and nothing is
raised. Time is bounded by the text's size. Doesn't see what lies behind a name: views, triggers, operators, casts and
functions of the user's own making.
"""

from __future__ import annotations

from mcp_opa.facts.sql.lexis import Unreadable
from mcp_opa.facts.sql.statement import Statement, understand
from mcp_opa.model import Json

DIALECTS = ("postgres", "mysql", "sqlite", "tsql", "oracle")


def read(text: str, dialect: str) -> Json:
    """The SQL fact of a text, as docs/contracts.md has it.

    `dialect` is one of `DIALECTS`, or `any`: all five must give the same operations, tables and rows, and the functions
    are those that any of them doesn't know to be harmless.
    """
    try:
        return (_agreed(text) if dialect == "any" else understand(text, dialect)).fact()
    except Unreadable as problem:
        return {"known": False, "problem": str(problem)}
    except Exception as problem:  # noqa: BLE001  whatever the parser trips over, the text isn't known
        return {"known": False, "problem": f"the parser failed: {type(problem).__name__}"}


def _agreed(text: str) -> Statement:
    readings = [understand(text, dialect) for dialect in DIALECTS]
    first = readings[0]
    for dialect, other in zip(DIALECTS, readings, strict=True):
        if (other.operations, other.tables, other.rows) != (first.operations, first.tables, first.rows):
            raise Unreadable(f"{dialect} reads it otherwise than {DIALECTS[0]}: state sql_dialect")
    functions = frozenset().union(*(reading.functions for reading in readings))
    return first._replace(functions=functions)
