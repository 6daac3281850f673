"""How many rows a query can give at most, where its text proves it.

Guarantees: a number comes from the outermost query alone, and only from `LIMIT`, `FETCH FIRST` or `TOP` with a plain
decimal, or from columns that are each a plain aggregate without grouping. `TIES`, `PERCENT`, signs, parameters and
expressions prove nothing; neither does a limit of one side of a `UNION`.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from sqlglot import exp

from mcp_opa.facts.sql.lexis import Kind, Token

_MAX_DIGITS = 15
_AGGREGATES = (
    *(exp.Avg, exp.Count, exp.GroupConcat, exp.Max, exp.Median, exp.Min, exp.Sum),
    *(exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop),
)
_UNCERTAIN = {("WITH", "TIES"), ("LIMIT", "+"), (",", "+"), ("TOP", "+"), ("FIRST", "+"), ("NEXT", "+")}
_GROUPING = ("group", "qualify", "windows", "connect", "laterals", "pivots", "match")


def rows(tree: exp.Expr, tokens: Sequence[Token]) -> int | None:
    """The largest number of rows that the query can give, or None where nothing proves one."""
    words = [token.upper if token.kind is Kind.WORD else token.text for token in tokens]
    pairs = set(pairwise(words))
    tops = any(word == "TOP" and (after == "(" or after.isdigit()) for word, after in pairs)
    if pairs & _UNCERTAIN or (tops and {"LIMIT", "FETCH"} & set(words)):
        return None
    while isinstance(tree, exp.Subquery) and not any(tree.args.get(part) for part in ("limit", "joins", "laterals")):
        tree = tree.this
    limit = tree.args.get("limit")
    if isinstance(tree, exp.SetOperation) and tops:
        return None
    if limit is not None:
        return _stated(limit) if isinstance(tree, (exp.Select, exp.SetOperation, exp.Subquery)) else None
    return 1 if isinstance(tree, exp.Select) and _is_one_row(tree) else None


def _stated(limit: exp.Expr) -> int | None:
    options = limit.args.get("limit_options")
    if options is not None and (options.args.get("percent") or options.args.get("with_ties")):
        return None
    if limit.args.get("expressions") or limit.args.get("offset"):
        return None
    number = limit.args.get("count") if isinstance(limit, exp.Fetch) else limit.args.get("expression")
    if not isinstance(number, exp.Literal) or number.is_string:
        return None
    digits = str(number.this)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) <= _MAX_DIGITS else None


def _is_one_row(query: exp.Select) -> bool:
    if any(query.args.get(part) for part in _GROUPING):
        return False
    return bool(query.expressions) and all(_is_aggregate(column.unalias()) for column in query.expressions)


def _is_aggregate(column: exp.Expr) -> bool:
    """An aggregate called on one value: SQLite's `max(a, b)` is no aggregate."""
    if isinstance(column, exp.Filter):
        column = column.this
    return isinstance(column, _AGGREGATES) and not (isinstance(column, (exp.Max, exp.Min)) and column.expressions)
