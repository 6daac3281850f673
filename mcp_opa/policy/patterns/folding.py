"""Letter case, as denies ignore it.

Guarantees: a deny pattern folded here and a path folded by `mcp.lib.path` meet whenever their lower case is the same,
in every engine, though engines disagree on the lower case of some letters. Does not fold Unicode normalisation forms.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
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
    return dict(variants)


def folds(patterns: Iterable[str]) -> dict[str, str]:
    """The letters beyond ASCII of these folded patterns, by each of their other forms.

    A path in lower case is folded as the patterns are once these are replaced; no key is part of a key or value.
    """
    return {form: letter for form, letter in _forms(patterns) if form != letter}


def encodings(patterns: Iterable[str]) -> dict[str, str]:
    """The same letters, and those that fold into ASCII, by each of their forms percent-encoded in lower case."""
    return {_encoded(form): letter for form, letter in (*_TWINS.items(), *_forms(patterns))}


def _forms(patterns: Iterable[str]) -> Iterator[tuple[str, str]]:
    letters = sorted({letter for pattern in patterns for letter in pattern if not letter.isascii()})
    return ((form, letter) for letter in letters for form in sorted({letter, *_variants().get(letter, [])}))


def _encoded(letter: str) -> str:
    return "".join(f"%{byte:02x}" for byte in letter.encode())
