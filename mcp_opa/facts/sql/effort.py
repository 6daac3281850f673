"""What would take the parser far longer than the text is long.

Guarantees: a statement that passes is parsed in time that grows with its length. The parser tries some readings and
takes them back, anew in every nesting: joins that have no condition, brackets around or behind the words of a type.
Both are refused here in numbers that nobody writes. Depth itself is bounded in `lexis`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sqlglot.dialects.dialect import Dialect

from mcp_opa.facts.sql.lexis import Kind, Token, Unreadable

MAX_OPEN_JOINS = 10
MAX_NESTED_TYPES = 5
MAX_PARTS = 10
MAX_REPEATS = 20


def refuse_slow(tokens: Sequence[Token], dialect: str) -> None:
    """Raises `Unreadable` for a statement that the parser may not come to an end with."""
    _refuse_open_joins(tokens)
    _refuse_repeats(tokens)
    _refuse_long_names(tokens)
    _refuse_nested_types(tokens, _type_words(dialect))


def _refuse_open_joins(tokens: Sequence[Token]) -> None:
    """A condition closes a join of its own bracket, no other."""
    waiting, outer, before = 0, list[int](), ""
    for token in tokens:
        word = token.upper if token.kind in (Kind.WORD, Kind.SIGN) else ""
        if word == "(":
            outer.append(waiting)
            waiting = 0
        elif word == ")":
            waiting = outer.pop()
        elif word == "JOIN":
            waiting += 1
        elif word == "USING" or (word == "ON" and before != "DISTINCT"):
            waiting = max(0, waiting - 1)
        if waiting + sum(outer) > MAX_OPEN_JOINS:
            raise Unreadable(f"more than {MAX_OPEN_JOINS} joins without a condition")
        before = word


def _refuse_repeats(tokens: Sequence[Token]) -> None:
    repeats, before = 0, ""
    for token in tokens:
        word = token.upper if token.kind in (Kind.WORD, Kind.SIGN) and token.upper not in ("(", ")") else ""
        repeats = repeats + 1 if word and word == before else 0
        before = word
        if repeats > MAX_REPEATS:
            raise Unreadable(f"{word} over and over")


def _refuse_long_names(tokens: Sequence[Token]) -> None:
    dots = [at for at, token in enumerate(tokens) if token.text == "."]
    if any(last - first == 2 * MAX_PARTS for first, last in zip(dots, dots[MAX_PARTS:], strict=False)):
        raise Unreadable(f"a name of more than {MAX_PARTS} parts")


def _refuse_nested_types(tokens: Sequence[Token], types: frozenset[str]) -> None:
    opened: list[bool] = []
    before = ""
    for at, token in enumerate(tokens):
        if token.kind is Kind.SIGN and token.text in "([":
            after = tokens[at + 1].upper if at + 1 < len(tokens) else ""
            opened.append(token.text == "[" or before in types or after in types)
            if sum(opened) > MAX_NESTED_TYPES:
                raise Unreadable(f"more than {MAX_NESTED_TYPES} types or arrays one inside the other")
        elif token.kind is Kind.SIGN and token.text in ")]":
            opened.pop()
        before = token.upper


@cache
def spoken(dialect: str) -> Dialect:
    """The parser's own notion of a dialect; making one takes a tenth of a parse."""
    return Dialect.get_or_raise(dialect)


@cache
def _type_words(dialect: str) -> frozenset[str]:
    """The words that begin a type for the parser."""
    types = spoken(dialect).parser_class.TYPE_TOKENS
    words = spoken(dialect).tokenizer_class.KEYWORDS
    return frozenset(word for word, kind in words.items() if kind in types) | {"INTERVAL"}
