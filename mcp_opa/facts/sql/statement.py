"""One statement of one dialect, understood: lexis, tree and words put together.

Guarantees: what the words say and what the tree says are joined, never weighed against each other; where they can't
both be right the statement is `Unreadable`.
"""

from __future__ import annotations

from typing import NamedTuple

from mcp_opa.facts.sql import calls, columns, limits, tree, verbs
from mcp_opa.facts.sql.lexis import Kind, Token, Unreadable, tokens
from mcp_opa.facts.sql.tables import tables
from mcp_opa.model import Json


class Statement(NamedTuple):
    """What a statement would do."""

    operations: frozenset[str]
    tables: frozenset[str]
    functions: frozenset[str]
    rows: int | None

    def fact(self) -> Json:
        """The statement as docs/contracts.md has it."""
        named = [{"name": name, "last": name.rpartition(".")[2].casefold()} for name in sorted(self.tables)]
        return {
            "known": True,
            "operations": sorted(self.operations),
            "tables": named,
            "functions": sorted(self.functions),
            "rows": self.rows,
        }


def understand(text: str, dialect: str) -> Statement:
    """Reads one statement. Raises `Unreadable`."""
    words = tokens(text, dialect)
    return _query(words, dialect)


def _query(words: list[Token], dialect: str) -> Statement:
    verbs.refuse_run_on(words, dialect)
    parsed = tree.parse(words, dialect)
    if verbs.targets(words) != tree.destinations(parsed):
        raise Unreadable("INTO where nothing is known to be written")
    names = {token.text for token in words if token.kind in (Kind.WORD, Kind.QUOTED)}
    functions = calls.called(words, tree.column_lists(parsed), dialect) | columns.called(words, parsed, dialect)
    return Statement(
        operations=frozenset(tree.operations(parsed) | verbs.operations(words, dialect)),
        tables=frozenset(tables(parsed, names, dialect)),
        functions=frozenset(functions),
        rows=limits.rows(parsed, words),
    )
