"""One change to one place of one file, and how it is named.

Guarantees: a mutant's name says the file, the rule or function, the change and the text that it changes, so that it
stays the same when lines move; two mutants never share one. It runs nothing.
"""

from __future__ import annotations

import os
import re
import zlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
OPA = ROOT / ".cache" / "bin" / "opa"
_LONGEST = 80


@dataclass(frozen=True, slots=True)
class Mutant:
    """`new` in the place of the bytes from `start` to `end` of a file."""

    file: str
    """From the repository's root."""
    whole: bytes
    """The file as it is."""
    within: str
    """The rule, function or method that holds the place."""
    change: str
    start: int
    end: int
    new: bytes
    nth: int = 1
    """Which it is of those that are the same in all that is named."""

    @property
    def name(self) -> str:
        """As `equivalent.yaml` and the table of survivors have it."""
        old = re.sub(r"\s+", " ", self.whole[self.start : self.end].decode()).strip()
        old = old if len(old) <= _LONGEST else f"{old[:_LONGEST]}…"
        again = f" ({self.nth})" if self.nth > 1 else ""
        return f"{self.file} {self.within}: {self.change} `{old}`{again}"

    @property
    def line(self) -> int:
        """Where it stands now, from 1."""
        return self.whole[: self.start].count(b"\n") + 1

    @property
    def text(self) -> bytes:
        """The whole file with the change."""
        return self.whole[: self.start] + self.new + self.whole[self.end :]

    def falls_on(self, one_of: int) -> bool:
        """Whether it belongs to the sample that takes about one mutant of so many: the same ones each time."""
        return zlib.crc32(self.name.encode()) % one_of == 0


def placed(path: Path) -> str:
    """The file's name from the repository's root."""
    return os.path.relpath(path, ROOT)


def numbered(mutants: Iterable[Mutant]) -> list[Mutant]:
    """The mutants, each with a name of its own."""
    seen: Counter[str] = Counter()
    named = []
    for mutant in mutants:
        seen[mutant.name] += 1
        named.append(replace(mutant, nth=seen[mutant.name]))
    return named
