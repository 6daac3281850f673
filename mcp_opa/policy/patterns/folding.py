"""Letter case, as denies ignore it.

Guarantees: a deny pattern folded here and a path folded by `mcp.lib.path` meet whenever their lower case is the same,
in every engine, though engines disagree on the lower case of some letters. Does not fold Unicode normalisation forms.
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache

_TWINS = {"\u0130": "i", "\u017f": "s", "\u212a": "k"}
"""Letters that are not ASCII and fold into it."""
_CASED = range(0x80, 0x20000)
"""Where all letters with case are."""


def fold(text: str) -> str:
    """`text` in lower case, letter by letter, with U+017F as s and U+212A as k."""
    return "".join(_TWINS.get(letter) or _lower(letter) for letter in text)


def _lower(letter: str) -> str:
    lower = letter.lower()
    return lower if len(lower) == 1 else letter


@cache
def _variants() -> dict[str, list[str]]:
    """Every letter beyond ASCII, by what it folds to."""
    variants: dict[str, list[str]] = defaultdict(list)
    for letter in map(chr, _CASED):
        variants[fold(letter)].append(letter)
    return variants


def folds(patterns: Iterable[str]) -> dict[str, str]:
    """What to replace in a path in lower case so that it is folded as these folded patterns are.

    Maps each form of their letters beyond ASCII, raw and percent-encoded. No key is part of another key or of a value.
    """
    letters = sorted({letter for pattern in patterns for letter in pattern if not letter.isascii()})
    raw = {form: letter for letter in letters for form in _variants().get(letter, []) if form != letter}
    return raw | {encoded(form): letter for letter in letters for form in (letter, *_variants().get(letter, []))}


def settled(pattern: str, replaced: dict[str, str]) -> str:
    """A folded pattern, its own percent-encoded letters replaced as a path's are."""
    for form, letter in {**{encoded(twin): letter for twin, letter in _TWINS.items()}, **replaced}.items():
        pattern = pattern.replace(form, letter)
    return pattern


def encoded(letter: str) -> str:
    """`letter` percent-encoded, in lower case."""
    return "".join(f"%{byte:02x}" for byte in letter.encode())
