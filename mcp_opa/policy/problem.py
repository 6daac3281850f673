"""What is wrong with a policy document: where, what, and how to mend it.

Guarantees: problems sort by place, and their text is one line of fact and one of advice. It doesn't decide which are
errors.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

_MOST_WORDS = 500
"""Known words that a slip is compared with; it takes time."""


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """An error or a warning in a policy document. Line and column are 1-based."""

    file: str
    line: int
    column: int
    path: str
    """The key's path, as `actors[0].constraints.read_file.allowed_paths[1]`; empty for the document itself."""
    message: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}:{self.column}"
        return f"{where}: {self.path + ': ' if self.path else ''}{self.message}\n    {self.mend}"


class PolicyError(ValueError):
    """A policy document that doesn't convert, with everything that is wrong with it."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: tuple[Problem, ...] = tuple(sorted(set(problems)))
        super().__init__("\n".join(map(str, self.problems)))


def shown(path: Sequence[str | int]) -> str:
    """A path of keys and indices as people read it; a key that isn't a plain word stands in brackets."""
    text = ""
    for step in path:
        if isinstance(step, int):
            text += f"[{step}]"
        elif step.replace("_", "").replace("-", "").isalnum() and step.isascii():
            text += f".{step}" if text else step
        else:
            text += f'["{shortened(step, 60)}"]'
    return text


def shortened(text: str, length: int = 120) -> str:
    """`text` on one line, of at most `length` characters, its invisible characters escaped."""
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text[: length + 1])
    return line if len(line) <= length else line[: length - 1] + "…"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The known word that `word` seems to be a slip for, as a question; or an empty text."""
    plain = {_plain(candidate): candidate for candidate in islice(known, _MOST_WORDS)}
    near = difflib.get_close_matches(_plain(word[:60]), list(plain), n=1, cutoff=0.72)
    return f"did you mean `{plain[near[0]]}`?" if near else ""


def _plain(word: str) -> str:
    return word.casefold().replace("-", "_")
