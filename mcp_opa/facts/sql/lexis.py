"""The words of a SQL text, read the way its database reads them.

Guarantees: where a string, a comment or a quoted name begins and ends is certain, or the text is refused. Whatever two
servers, two modes of one server, or a server and a parser could cut differently is `Unreadable`: nested and executable
comments, `--` stuck to a word in MySQL, a backslash before a quote that only one mode escapes, doubled quotes inside a
name, control characters, invisible or look-alike letters, braces, numbers run into words. Time grows with the text,
not faster. Doesn't know what a word means.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from enum import Enum
from itertools import pairwise
from typing import NamedTuple

from mcp_opa.facts.sql.shapes import ESCAPED_QUOTE, OTHER_MODES, PATTERNS

MAX_BYTES = 32_768
MAX_DEPTH = 50


class Unreadable(Exception):
    """The text can't be read with certainty; the message says what is in the way, in a few words."""


class Kind(Enum):
    """What a token is, for whoever must tell a name from a text."""

    WORD = "word"
    QUOTED = "quoted name"
    STRING = "string"
    NUMBER = "number"
    VARIABLE = "variable or parameter"
    SIGN = "sign"


class Token(NamedTuple):
    """One word of a text."""

    kind: Kind
    text: str
    """A name without its quotes, a sign, a number; what stands for a string whose inside doesn't matter."""
    upper: str
    """The keyword that it may be; empty for what is quoted."""
    plain: str
    """How the token is written for a parser: same meaning, nothing left to interpret."""
    spaced: bool = True
    """Whether space or a comment stands before it: signs without are one operator, and MySQL calls `now ()` another."""


_SAFE = re.compile(r"[\w .:+/-]*+")
_HIDDEN = re.compile("[\x00-\x08\x0b-\x1f\x7f\x85\u2028\u2029]")
_INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0"
_SHARP_S = {"ß", "ẞ"}
"""Their capitals are two letters, which no keyword is matched by."""
_CLOSED_BY = {"(": ")", "[": "]"}
_QUOTES = {"mysql": "``", "tsql": "[]"}


def written(tokens: Sequence[Token]) -> str:
    """The tokens as one text that any reader cuts as they are."""
    parts = [token.plain for token in tokens]
    for at, (before, token) in enumerate(pairwise(tokens), start=1):
        if token.spaced or before.kind is not Kind.SIGN or token.kind is not Kind.SIGN:
            parts[at] = f" {parts[at]}"
    return "".join(parts)


def tokens(text: str, dialect: str) -> list[Token]:
    """The tokens of one statement, comments and a closing semicolon left out. Raises `Unreadable`."""
    _measure(text)
    found = list(_scan(text, dialect))
    while found and found[-1].text == ";" and found[-1].kind is Kind.SIGN:
        found.pop()
    _check_structure(found)
    return found


def _measure(text: str) -> None:
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        raise Unreadable("not a text in Unicode") from None
    if size > MAX_BYTES:
        raise Unreadable(f"longer than {MAX_BYTES} bytes")
    if "\x00" in text:
        raise Unreadable("a NUL character")


def _scan(text: str, dialect: str) -> Iterator[Token]:
    match, at, end, spaced = PATTERNS[dialect].match, 0, len(text), True
    while at < end:
        found = match(text, at)
        if found is None:
            raise Unreadable(f"something that can't be read with certainty, at character {at + 1}")
        at, raw = found.end(), found[0]
        match found.lastgroup:
            case "space":
                spaced = True
                continue
            case "comment":
                _check_comment(raw)
                spaced = True
                continue
            case "sign":
                token = Token(Kind.SIGN, raw, raw, raw, spaced)
            case "word":
                token = _word(raw, dialect)
            case "number":
                token = Token(Kind.NUMBER, raw, raw, raw)
            case "variable":
                token = Token(Kind.VARIABLE, raw, raw.upper(), "?" if dialect == "sqlite" else raw)
            case "quoted":
                token = _quoted(raw)
            case _:
                _check_escapes(raw, text, dialect)
                token = _string(raw)
        yield token
        spaced = False


def _string(raw: str) -> Token:
    inner = raw[1:-1]
    safe = inner if raw[0] in "'\"" and inner.isascii() and _SAFE.fullmatch(inner) else "%"
    return Token(Kind.STRING, safe, "", f"'{safe}'")


def _check_escapes(raw: str, text: str, dialect: str) -> None:
    """A mode that reads a backslash the other way must find the text cut short, and so refuse it whole."""
    if dialect not in OTHER_MODES or raw[0] in "eE$" or not ESCAPED_QUOTE[raw[-1]].search(raw):
        return
    if OTHER_MODES[dialect].fullmatch(text):
        raise Unreadable("a backslash before a quote, which another mode of the server reads otherwise: double it")


def _word(written: str, dialect: str) -> Token:
    if written.isascii() and written.isidentifier():
        return Token(Kind.WORD, written, written.upper(), written)
    _check_letters(written)
    quotes = _QUOTES.get(dialect, '""')
    return Token(Kind.WORD, written, written.upper() if written.isascii() else "", f"{quotes[0]}{written}{quotes[1]}")


def _check_letters(name: str) -> None:
    """No letter that a database might take for one of a keyword, and none that can't be seen."""
    for char in set(name) - _SHARP_S:
        folds = char.upper() + char.lower() + char.casefold()
        if not char.isascii() and (
            char in _INVISIBLE or unicodedata.normalize("NFKC", char) != char or any(c.isascii() for c in folds)
        ):
            raise Unreadable("a letter that looks like another one, or none, outside quotes")


def _quoted(written: str) -> Token:
    inner = written[1:-1]
    if _HIDDEN.search(inner) or any(sign in inner for sign in ("\\", ";", '"', "`", "--", "/*", "*/")):
        raise Unreadable("a quoted name with a sign that could end it")
    return Token(Kind.QUOTED, inner, "", written)


def _check_comment(comment: str) -> None:
    if comment.startswith(("/*!", "/*M!", "/*m!")):
        raise Unreadable("an executable comment")
    if "/*" in comment[2:] and comment.startswith("/*"):
        raise Unreadable("a comment inside a comment")
    if comment.startswith("/*+") and "set" in comment.casefold():
        raise Unreadable("a hint that sets something")
    if _HIDDEN.search(comment.removesuffix("\r").replace("\r\n", "\n")):
        raise Unreadable("a comment that a control character could end")


def _check_structure(found: Sequence[Token]) -> None:
    """One statement, whose brackets close in order and no deeper than `MAX_DEPTH`."""
    if not found:
        raise Unreadable("no statement")
    opened = []
    for sign in (token.text for token in found if token.kind is Kind.SIGN):
        if sign == ";":
            raise Unreadable("several statements")
        if sign in _CLOSED_BY:
            opened.append(_CLOSED_BY[sign])
        elif sign in ")]" and (not opened or opened.pop() != sign):
            raise Unreadable("brackets that don't match")
        if len(opened) > MAX_DEPTH:
            raise Unreadable(f"brackets deeper than {MAX_DEPTH}")
    if opened:
        raise Unreadable("brackets that don't match")
    for before, token in pairwise(found):
        _check_pair(before, token)


def _check_pair(before: Token, token: Token) -> None:
    if before.kind in (Kind.STRING, Kind.NUMBER) and token.text in ("(", "."):
        raise Unreadable("a string or a number used as a name")
    if before.text == "." and token.kind is Kind.STRING:
        raise Unreadable("a string used as a name")
    if before.kind is Kind.VARIABLE and token.text == "(":
        raise Unreadable("a variable that is called")
