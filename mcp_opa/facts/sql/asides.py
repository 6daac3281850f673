"""Statements about statements and tables, which sqlglot leaves opaque: EXPLAIN, SHOW, DESCRIBE.

Guarantees: read are only the few plain forms below, each token accounted for; in any other form the statement isn't
known. An EXPLAIN is also all that its statement does; where it runs it, it is ANALYZE too.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from mcp_opa.facts.sql.lexis import Kind, Token

_OPTION = r"(?:ANALYZE|BUFFERS|COSTS|FORMAT|GENERIC_PLAN|MEMORY|SERIALIZE|SETTINGS|SUMMARY|TIMING|VERBOSE|WAL)"
_EXPLAIN = {
    "postgres": re.compile(rf"EXPLAIN (?:\( {_OPTION}(?: [\w,]+)* \) |(?:ANALYZE )?(?:VERBOSE )?)"),
    "mysql": re.compile(r"(?:EXPLAIN|DESCRIBE|DESC) (?:(?:ANALYZE|EXTENDED|PARTITIONS) )?(?:FORMAT = \w+ )?"),
    "sqlite": re.compile(r"EXPLAIN (?:QUERY PLAN )?"),
}
_EXPLAINED = frozenset({"SELECT", "WITH", "INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "VALUES", "("})
_NAME = r"(?P<table>n(?: \. n)?)"
_LIKE = r"(?: LIKE s)?"
_PLAIN = {
    "postgres": ((re.compile(r"SHOW n(?: \. n)*"), "SHOW"),),
    "mysql": (
        (re.compile(rf"(?:EXPLAIN|DESCRIBE|DESC) {_NAME}(?: [ns])?"), "DESCRIBE"),
        (re.compile(rf"SHOW (?:FULL |EXTENDED )*(?:TABLES|DATABASES|SCHEMAS)(?: (?:FROM|IN) n)?{_LIKE}"), "SHOW"),
        (re.compile(rf"SHOW (?:GLOBAL |SESSION )?(?:VARIABLES|STATUS|COLLATION|CHARSET){_LIKE}"), "SHOW"),
        (re.compile(rf"SHOW (?:FULL |EXTENDED )*(?:COLUMNS|FIELDS) (?:FROM|IN) {_NAME}{_LIKE}"), "SHOW"),
        (re.compile(rf"SHOW (?:INDEX|INDEXES|KEYS) (?:FROM|IN) {_NAME}"), "SHOW"),
        (re.compile(rf"SHOW CREATE (?:TABLE|VIEW) {_NAME}"), "SHOW"),
    ),
}
_WORDS_TEXT = """
CHARSET COLLATION COLUMNS CREATE DATABASES DESC DESCRIBE EXPLAIN EXTENDED FIELDS FROM FULL GLOBAL IN INDEX INDEXES KEYS
LIKE SCHEMAS SESSION SHOW STATUS TABLE TABLES VARIABLES VIEW
"""
_WORDS = frozenset(_WORDS_TEXT.split())


class Aside(NamedTuple):
    """A SHOW or a DESCRIBE: its operation and the table that it tells of, if it is about one."""

    operation: str
    table: tuple[Token, ...]


def explained(tokens: Sequence[Token], dialect: str) -> tuple[set[str], Sequence[Token]] | None:
    """What an EXPLAIN does itself, and the statement that it is about; None if this is no EXPLAIN that can be read."""
    if dialect not in _EXPLAIN:
        return None
    found = _EXPLAIN[dialect].match("".join(f"{token.upper or token.text} " for token in tokens[:40]))
    inner = tokens[found[0].count(" ") :] if found else ()
    if not found or not inner or inner[0].upper not in _EXPLAINED:
        return None
    return ({"EXPLAIN", "ANALYZE"} if " ANALYZE " in found[0] else {"EXPLAIN"}), inner


def aside(tokens: Sequence[Token], dialect: str) -> Aside | None:
    """A SHOW or DESCRIBE in one of the forms that are read."""
    if tokens[0].upper not in ("SHOW", "DESCRIBE", "DESC", "EXPLAIN"):
        return None
    shapes = [_shape(token) for token in tokens]
    for pattern, operation in _PLAIN.get(dialect, ()):
        found = pattern.fullmatch(" ".join(shapes))
        if found:
            start = (
                shapes[: found.string[: found.start("table")].count(" ")] if "table" in pattern.groupindex else shapes
            )
            length = found["table"].count(" ") + 1 if "table" in pattern.groupindex else 0
            return Aside(operation, tuple(tokens[len(start) : len(start) + length]))
    return None


def _shape(token: Token) -> str:
    if token.kind is Kind.QUOTED or (token.kind is Kind.WORD and token.upper not in _WORDS):
        return "n"
    return "s" if token.kind is Kind.STRING else token.upper
