"""How much each caller may have under way at once, so that there is room for others.

Guarantees: a caller has no more places than its bound, and what has ended, however it ended, has none. It keeps nobody
waiting: who finds no place is told so.
"""

from __future__ import annotations

from collections import Counter
from contextlib import ExitStack


class Crowded(Exception):
    """The caller has all its places taken; the message says what of."""


class Room:
    """Places of one kind, as many for each caller."""

    def __init__(self, most: int, what: str) -> None:
        self._most = most
        self._what = what
        self._taken: Counter[str] = Counter()

    def place(self, caller: str) -> ExitStack:
        """A place, until it is closed. Raises `Crowded`."""
        if self._taken[caller] >= self._most:
            raise Crowded(f"{self._most} {self._what} of this caller's are under way already")
        self._taken[caller] += 1
        place = ExitStack()
        place.callback(self._left, caller)
        return place

    def _left(self, caller: str) -> None:
        self._taken[caller] -= 1
        if not self._taken[caller]:
            del self._taken[caller]
