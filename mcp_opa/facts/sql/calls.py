"""Which functions a statement calls, read from its words alone.

Guarantees: every name that stands before a parenthesis is a call, unless the language keeps that word for itself or
the parser shows that it names the columns of an alias; so a call can't hide in a corner that a parser reads as
something else. Only a bare name from the vocabulary is harmless; a qualified one is another function, `pg_catalog.`
excepted. Calls without parentheses are for `columns`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice

from mcp_opa.facts.sql.lexis import Kind, Token
from mcp_opa.facts.sql.nodes import TABLE_HINTS
from mcp_opa.facts.sql.verbs import ends_operand
from mcp_opa.facts.sql.vocabulary import HARMLESS

_RESERVED_TEXT = """
ALL AND ANY ARRAY AS BETWEEN CASE DISTINCT ELSE EXCEPT EXISTS FOR FROM GROUP HAVING IN INTERSECT INTO LATERAL LIMIT
NOT OFFSET ON ONLY OR RETURNING ROW SELECT SOME TABLE THEN UNION USING VALUES WHEN WHERE WITH
"""
_RESERVED = frozenset(_RESERVED_TEXT.split())
"""Never a call."""
_INFIX_TEXT = """
COLUMNS DIV FILTER GLOB ILIKE IS JOIN KEEP LIKE MINUS OPTION OVER PARTITION PASSING PIVOT REGEXP REPEATABLE RLIKE
SAMPLE SEED TABLESAMPLE SET UNPIVOT XOR
"""
_INFIX = frozenset(_INFIX_TEXT.split())
"""No call where a value, a name or a bracket ends before it: two values never stand side by side."""
_JOINED = frozenset({"LEFT", "RIGHT", "FULL", "INNER", "OUTER", "CROSS", "NATURAL"})
_AFTER = {
    "APPLY": _JOINED,
    "BERNOULLI": {"TABLESAMPLE"},
    "BY": {"GROUP", "ORDER", "PARTITION", "CONNECT", "SIBLINGS"},
    "CONFLICT": {"ON"},
    "EXPLAIN": {""},
    "FIRST": {"FETCH"},
    "INDEX": {"USE", "FORCE", "IGNORE", "WITH", ",", "("},
    "INSERT": {"THEN"},
    "JOIN": _JOINED,
    "KEY": {"USE", "FORCE", "IGNORE", "PRIMARY", "FOREIGN"},
    "MATERIALIZED": {"AS", "NOT"},
    "NEXT": {"FETCH"},
    "OF": {"MEMBER"},
    "SETS": {"GROUPING"},
    "SYSTEM": {"TABLESAMPLE"},
    "TOP": {"SELECT", "DISTINCT", "ALL"},
}
"""No call after one of these."""
_MAX_HINTS = 8
_MYSQL_TIGHT_TEXT = """
adddate bit_and bit_or bit_xor cast count curdate curtime date_add date_sub extract group_concat json_arrayagg
json_objectagg max mid min now position session_user std stddev stddev_pop stddev_samp subdate substr substring sum
sysdate system_user trim var_pop var_samp variance
"""
_MYSQL_TIGHT = frozenset(_MYSQL_TIGHT_TEXT.split())
"""MySQL's own only where the parenthesis follows without space; else a stored function of that name."""


def called(tokens: Sequence[Token], columns: Counter[str], hints: int, dialect: str) -> set[str]:
    """The functions called with parentheses that aren't known to be harmless, lower case, qualified as written.

    `columns` counts, by lower-case name, the aliases and tables that the parser saw followed by a list of columns;
    `hints` the tables that it saw followed by hints.
    """
    left = columns.copy()
    found = set()
    hinted = {at for at in _openings(tokens) if dialect == "tsql" and _holds_hints(tokens, at)}
    if len(hinted) > hints - sum(_holds_hints(tokens, at) for at in _withs(tokens)):
        hinted = set()
    for at in _openings(tokens):
        if at in hinted:
            continue
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
    """Where a parenthesis follows a name that isn't the language's own; Oracle's `(+)` marks an outer join."""
    for at in range(1, len(tokens)):
        if tokens[at].text != "(" or tokens[at].kind is not Kind.SIGN:
            continue
        kind, marks = tokens[at - 1].kind, tokens[at + 1].text == "+" and tokens[at + 2].text == ")"
        named = kind is Kind.WORD and (_qualified(tokens, at) or not _is_syntax(tokens, at - 1))
        if (named or kind is Kind.QUOTED) and not marks:
            yield at


def _withs(tokens: Sequence[Token]) -> Iterator[int]:
    for at in range(1, len(tokens)):
        if tokens[at].text == "(" and tokens[at - 1].upper == "WITH":
            yield at


def _holds_hints(tokens: Sequence[Token], at: int) -> bool:
    """T-SQL's `t (NOLOCK)` has the shape of a call."""
    words = [token.upper for token in islice(tokens, at + 1, at + 1 + _MAX_HINTS)]
    end = words.index(")") if ")" in words else 0
    return end > 0 and set(words[:end]) <= TABLE_HINTS | {","}


def _is_syntax(tokens: Sequence[Token], at: int) -> bool:
    """Whether the word can't be a name where it stands."""
    word = tokens[at].upper
    if word in _RESERVED:
        return True
    before = tokens[at - 1] if at else None
    if word in _AFTER and (before.upper if before else "") in _AFTER[word]:
        return True
    if word not in _INFIX or before is None:
        return False
    if before.text == ")" and _closes_prefix(tokens, at - 1):
        return False
    return ends_operand(tokens[at - 2] if before.upper == "NOT" and at > 1 else before)


def _closes_prefix(tokens: Sequence[Token], at: int) -> bool:
    """Whether the bracket that ends here is that of `DISTINCT ON (…)` or `TOP (…)`, after which a value begins."""
    depth = 0
    while True:
        depth += {")": 1, "(": -1}.get(tokens[at].text, 0) if tokens[at].kind is Kind.SIGN else 0
        if depth == 0:
            break
        at -= 1
    words = [token.upper for token in tokens[max(0, at - 2) : at]]
    return words[-1:] == ["TOP"] or words == ["DISTINCT", "ON"]


def _qualified(tokens: Sequence[Token], at: int) -> bool:
    return at > 1 and tokens[at - 2].text == "." and tokens[at - 2].kind is Kind.SIGN


def _is_harmless_call(tokens: Sequence[Token], at: int, name: str, dialect: str) -> bool:
    """Never a quoted name: its case counts, and some databases keep it for a stored function."""
    if tokens[at - 1].kind is Kind.QUOTED:
        return False
    if dialect == "postgres" and _qualified(tokens, at) and tokens[at - 3].upper == "PG_CATALOG":
        name = name.removeprefix("pg_catalog.")
    if dialect == "mysql" and name in _MYSQL_TIGHT and tokens[at].spaced and tokens[at + 1].text != "*":
        return False
    if name == "last_insert_id" and tokens[at + 1].text != ")":
        return False
    return name in HARMLESS[dialect]


def _full_name(tokens: Sequence[Token], at: int) -> str:
    parts = [tokens[at].text]
    while at > 1 and tokens[at - 1].text == "." and tokens[at - 1].kind is Kind.SIGN:
        at -= 2
        parts.append(tokens[at].text)
    return ".".join(reversed(parts)).lower()
