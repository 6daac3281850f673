"""Where the values of a JSON text stand in it, so that one can be replaced and all else stays as it was written.

Guarantees: what `bare` gives is as long as what it was given, and differs only where comments and trailing commas were.
"""

from __future__ import annotations

import json
import re

_PIECE = re.compile(r'"(?:[^"\\]|\\.)*+"|"|//[^\n]*|/\*|,(?=\s*[}\]])', re.DOTALL)
_SPACE = re.compile(r"\s*")
_decode = json.JSONDecoder().raw_decode
Span = tuple[int, int]


def bare(text: str) -> str:
    """The text with spaces in place of comments and trailing commas. Raises `ValueError`."""
    commented = _blanked(text)
    return _blanked(commented)  # a comma may have stood before a comment


def span(text: str, keys: tuple[str, ...]) -> Span | None:
    """Where the value stands that keys lead to from the outermost object; `text` is JSON that was read before."""
    found: Span | None = (_past_space(text, 0), len(text))
    for key in keys:
        found = None if found is None else _member(text, found[0], key)
    return found


def _blanked(text: str) -> str:
    kept: list[str] = []
    at = 0
    while found := _PIECE.search(text, at):
        piece, end = found.group(), found.end()
        if piece == '"':
            raise ValueError("a string that never ends")
        if piece == "/*":
            end = text.find("*/", end) + 2
            if end < 2:  # noqa: PLR2004 (there is none)
                raise ValueError("a comment that never ends")
        if piece[0] == '"':
            kept.append(text[at:end])
        else:
            kept += text[at : found.start()], re.sub(r"[^\n]", " ", text[found.start() : end])
        at = end
    return "".join([*kept, text[at:]])


def _member(text: str, at: int, wanted: str) -> Span | None:
    """Where the value of a key stands in the object that begins here."""
    at = _past_space(text, at + 1)
    while text[at] == '"':
        key, at = _decode(text, at)
        begin = _past_space(text, _past_space(text, at) + 1)
        _, end = _decode(text, begin)
        if key == wanted:
            return begin, end
        at = _past_space(text, _past_space(text, end) + 1)
    return None


def _past_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at
