"""The statement as sqlglot parses it, if all of it is known.

Guarantees: one statement whose every node is known to read, join, compute or, in a change, do what its operation says.
What parses to something opaque, leaves words over, or holds a node that nobody has judged is `Unreadable`; so is what
makes the parser fail in any way, or would make it run for long. Functions are judged by their names, elsewhere.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from sqlglot import exp
from sqlglot.errors import SqlglotError

from mcp_opa.facts.sql.effort import refuse_slow, spoken
from mcp_opa.facts.sql.lexis import Token, Unreadable, written
from mcp_opa.facts.sql.nodes import OPERATIONS, STATEMENTS, problem

# It warns of each statement that it doesn't know; that is our answer, not news.
logging.getLogger("sqlglot").disabled = True


def parse(tokens: Sequence[Token], dialect: str) -> exp.Expr:
    """The tree of a statement known in all its parts. Raises `Unreadable`."""
    refuse_slow(tokens, dialect)
    try:
        trees = spoken(dialect).parse(written(tokens))
    except (SqlglotError, RecursionError) as failure:
        raise Unreadable("not a statement of this dialect, or none that is known") from failure
    if len(trees) != 1 or trees[0] is None:
        raise Unreadable("several statements")
    tree = trees[0]
    if not isinstance(tree, STATEMENTS):
        raise Unreadable(f"a statement that isn't known: {type(tree).__name__}")
    for node in tree.walk():
        fault = problem(node, dialect)
        if fault:
            raise Unreadable(fault)
    if sum(1 for _ in tree.find_all(exp.Values)) > _lists_of_values(tokens):
        raise Unreadable("VALUES without a list, which may be a table")
    return tree


def operations(tree: exp.Expr) -> set[str]:
    """Every operation in the tree."""
    return {OPERATIONS[type(node)] for node in tree.walk() if type(node) in OPERATIONS and not _is_inserted(node)}


def destinations(tree: exp.Expr) -> int:
    """How many parts of the tree write `INTO`."""
    return sum(not isinstance(node.parent, exp.When) for node in tree.find_all(exp.Insert, exp.Merge, exp.Into))


def column_lists(tree: exp.Expr) -> Counter[str]:
    """The names, lower case, that stand before a list of columns: aliases, and what a change writes to."""
    found: Counter[str] = Counter()
    for node in tree.find_all(exp.TableAlias, exp.Schema, exp.Index):
        if isinstance(node, exp.TableAlias) and node.columns:
            found[node.name.lower()] += 1
        elif isinstance(node, exp.Schema) and isinstance(node.this, exp.Table):
            found[node.this.name.lower()] += 1
        elif isinstance(node, exp.Index) and isinstance(node.args.get("table"), exp.Table):
            found[node.args["table"].name.lower()] += 1
    return found


def unknown_functions(tree: exp.Expr) -> set[str]:
    """The bare names, lower case, of calls that the parser itself doesn't know."""
    calls = tree.find_all(exp.Anonymous, exp.AnonymousAggFunc)
    return {call.name.lower() for call in calls if not isinstance(call.parent, exp.Dot)}


def hints(tree: exp.Expr) -> int:
    """How many tables have hints."""
    return sum(1 for _ in tree.find_all(exp.WithTableHint))


def _is_inserted(node: exp.Expr) -> bool:
    return isinstance(node, exp.Values) and isinstance(node.parent, exp.Insert)


def _lists_of_values(tokens: Sequence[Token]) -> int:
    return sum(before.upper == "VALUES" and token.upper in ("(", "ROW") for before, token in pairwise(tokens))
