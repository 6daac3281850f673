"""One statement of one dialect, understood: its words, its tree, and what both say of it.

Guarantees: what the words say and what the tree says are joined, never weighed against each other; where they can't
both be right the statement is `Unreadable`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from mcp_opa.facts.sql import calls, columns, limits, tree, verbs
from mcp_opa.facts.sql.asides import Aside, aside, explained
from mcp_opa.facts.sql.lexis import Kind, Token, Unreadable, tokens
from mcp_opa.facts.sql.tables import tables
from mcp_opa.facts.sql.vocabulary import HARMLESS
from mcp_opa.model import Json


class Statement(NamedTuple):
    """What a statement would do."""

    operations: frozenset[str]
    tables: frozenset[str] = frozenset()
    """As written, parts joined by dots."""
    functions: frozenset[str] = frozenset()
    """Those not known to be free of side effects, lower case."""
    rows: int | None = None

    def fact(self) -> Json:
        """The statement as docs/contracts.md has it."""
        return {
            "known": True,
            "operations": sorted(self.operations),
            "tables": [{"name": name, "last": name.rpartition(".")[2].casefold()} for name in sorted(self.tables)],
            "functions": sorted(self.functions),
            "rows": self.rows,
        }


def understand(text: str, dialect: str) -> Statement:
    """Reads one statement. Raises `Unreadable`."""
    words = tokens(text, dialect)
    explanation = explained(words, dialect)
    if explanation:
        operations, inner = explanation
        statement = _changed_or_queried(inner, dialect)
        return statement._replace(operations=statement.operations | operations, rows=None)
    told = aside(words, dialect)
    return _told(told) if told else _changed_or_queried(words, dialect)


def _told(told: Aside) -> Statement:
    if any("." in part.text for part in told.table if part.kind is Kind.QUOTED):
        raise Unreadable("a table whose quoted name holds a dot")
    name = "".join(part.text for part in told.table)
    return Statement(frozenset({told.operation}), frozenset({name} if name else ()))


def _changed_or_queried(words: Sequence[Token], dialect: str) -> Statement:
    verbs.refuse_run_on(words, dialect)
    replaces = words[0].upper == "REPLACE" and dialect in ("mysql", "sqlite")
    parsed = tree.parse(verbs.as_insert(words) if replaces else words, dialect)
    if verbs.targets(words) != tree.destinations(parsed):
        raise Unreadable("INTO where nothing is known to be written")
    operations = tree.operations(parsed) - ({"INSERT"} if replaces else set())
    names = {token.text for token in words if token.kind in (Kind.WORD, Kind.QUOTED)}
    functions = calls.called(words, tree.column_lists(parsed), tree.hints(parsed), dialect)
    functions |= columns.called(words, parsed, dialect) | (tree.unknown_functions(parsed) - HARMLESS[dialect])
    return Statement(
        operations=frozenset(operations | verbs.operations(words, dialect)),
        tables=frozenset(tables(parsed, names, dialect)),
        functions=frozenset(functions),
        rows=limits.rows(parsed, words),
    )
