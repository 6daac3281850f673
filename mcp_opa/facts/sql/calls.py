"""Which functions a statement calls, read from its words alone.

Guarantees: every name that stands before a parenthesis is a call, unless the language keeps that word for itself or
the parser shows that it names the columns of an alias; so a call can't hide in a corner that a parser reads as
something else. Only a bare name from the vocabulary is harmless; a qualified one is another function, `pg_catalog.`
excepted. Calls without parentheses are for `columns`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mcp_opa.facts.sql.lexis import Kind, Token
from mcp_opa.facts.sql.vocabulary import HARMLESS

_SYNTAX_TEXT = """
ALL AND ANY APPLY ARRAY AS BERNOULLI BETWEEN BY CASE COLUMNS CONFLICT CROSS DISTINCT DIV DUPLICATE ELSE EXCEPT EXISTS
EXPLAIN FILTER FIRST FOR FROM GLOB GROUP HAVING ILIKE IN INDEX INTERSECT INTO IS JOIN KEEP KEY LATERAL LIKE LIMIT
MATERIALIZED MINUS NEXT NOT OF OFFSET ON ONLY OPTION OR OVER PARTITION PASSING PIVOT REGEXP RETURNING RLIKE ROW SELECT
SET SETS SOME SYSTEM TABLE THEN TOP UNION UNPIVOT USING VALUES WHEN WHERE WITH WITHIN XOR
"""
_SYNTAX = frozenset(_SYNTAX_TEXT.split())


def called(tokens: Sequence[Token], columns: Counter[str], dialect: str) -> set[str]:
    """The functions called with parentheses that aren't known to be harmless, lower case, qualified as written.

    `columns` counts, by lower-case name, the aliases and tables that the parser saw followed by a list of columns.
    """
    left = columns.copy()
    found = set()
    for at in _openings(tokens):
        name = _full_name(tokens, at - 1)
        if _is_harmless_call(tokens, at, name, dialect):
            continue
        last = tokens[at - 1].text.lower()
        if left[last] > 0:
            left[last] -= 1
        else:
            found.add(name)
    return found


def _openings(tokens: Sequence[Token]) -> Iterator[int]:
    """Where a parenthesis follows a name that isn't the language's own."""
    for at in range(1, len(tokens)):
        if tokens[at].text != "(" or tokens[at].kind is not Kind.SIGN:
            continue
        name = tokens[at - 1]
        if name.kind is Kind.QUOTED or (
            name.kind is Kind.WORD and (_qualified(tokens, at) or name.upper not in _SYNTAX)
        ):
            yield at


def _qualified(tokens: Sequence[Token], at: int) -> bool:
    return at > 1 and tokens[at - 2].text == "." and tokens[at - 2].kind is Kind.SIGN


def _is_harmless_call(tokens: Sequence[Token], at: int, name: str, dialect: str) -> bool:
    """Never a quoted name: its case counts, and some databases keep it for a stored function."""
    if tokens[at - 1].kind is Kind.QUOTED:
        return False
    if dialect == "postgres" and _qualified(tokens, at) and tokens[at - 3].upper == "PG_CATALOG":
        name = name.removeprefix("pg_catalog.")
    if name == "last_insert_id" and tokens[at + 1].text != ")":
        return False
    return name in HARMLESS[dialect]


def _full_name(tokens: Sequence[Token], at: int) -> str:
    parts = [tokens[at].text]
    while at > 1 and tokens[at - 1].text == "." and tokens[at - 1].kind is Kind.SIGN:
        at -= 2
        parts.append(tokens[at].text)
    return ".".join(reversed(parts)).lower()
