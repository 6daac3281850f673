"""What an unquoted word of YAML says, where all readers of YAML agree on it.

Guarantees: a word that YAML 1.1 and 1.2 read differently, or that JSON can't hold, is complained of, never guessed.
Knows no positions.
"""

from __future__ import annotations

import re
from typing import NamedTuple

_MAX_DIGITS = 15
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_CASES = {form: value for word, value in _WORDS.items() for form in (word, word.capitalize(), word.upper())}
_OLD_BOOLEANS = re.compile(r"(?i:yes|no|on|off)")
_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+([eE][-+][0-9]+)?")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_ODD_NUMBER = re.compile(
    r"[-+]?(0[xob][0-9a-fA-F_]+|[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?|\.[0-9][0-9_]*([eE][-+]?[0-9]+)?)"
)
_NO_NUMBER = re.compile(r"(?i:[-+]?\.inf|\.nan)")
_DATE = re.compile(r"\d{4}-\d\d?-\d\d?(([Tt]|[ \t]+)\d\d?:\d\d(:\d\d(\.\d*)?)?([ \t]*(Z|[-+]\d\d?(:?\d\d)?))?)?")


class Word(NamedTuple):
    """What a word says. `complaint` is empty, or says why it isn't clear; then `value` is the word itself."""

    value: str | int | float | bool | None
    complaint: str = ""
    mend: str = ""
    date: bool = False


def read(word: str) -> Word:
    """What the unquoted `word` says."""
    if word in _CASES:
        return Word(_CASES[word])
    if _INTEGER.fullmatch(word):
        if len(word) > _MAX_DIGITS:
            return Word(
                word,
                f"a number of {len(word)} digits is out of range",
                "write a smaller number, or quote it if it is a name",
            )
        return Word(int(word))
    if _FLOAT.fullmatch(word) and len(word) <= 2 * _MAX_DIGITS and (value := float(word)) not in _INFINITE:
        return Word(value)
    return _odd(word)


_INFINITE = (float("inf"), float("-inf"))


def _odd(word: str) -> Word:
    if _OLD_BOOLEANS.fullmatch(word):
        meant = "true" if word.lower() in ("yes", "on") else "false"
        return Word(
            word,
            f"some readers of YAML take `{word}` for {meant}, others for a text",
            f'write {meant}, or "{word}" in quotes for the text',
        )
    if _DATE.fullmatch(word):
        return Word(
            word,
            f"some readers of YAML take `{word}` for a date, others for a text",
            f'write "{word}" in quotes',
            date=True,
        )
    if _SEXAGESIMAL.fullmatch(word):
        return Word(
            word, f"some readers of YAML take `{word}` for a number to the base of 60", f'write "{word}" in quotes'
        )
    if _NO_NUMBER.fullmatch(word):
        return Word(
            word, f"`{word}` is a number that JSON doesn't have", f'write a number, or "{word}" in quotes for the text'
        )
    if _ODD_NUMBER.fullmatch(word):
        short = word if len(word) <= 2 * _MAX_DIGITS else word[: 2 * _MAX_DIGITS] + "…"
        return Word(
            word,
            f"readers of YAML take the number `{short}` differently",
            "write it as a plain decimal number, or in quotes for the text",
        )
    return Word(word)
