"""What is kept for clients who may take up a stream again: the events that they got, and answers that may be lost.

Guarantees: bounded in bytes, for each caller with all its sessions and for all callers together. The caller's oldest
goes first, and where all have too much, that of who has most; what is gone was never there.
"""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

from mcp_opa.pep.message import Id

MOST_OF_ONE = 16 * 1024 * 1024
MOST = 256 * 1024 * 1024
"""Bytes of the events of one caller and of all, and of the answers as many."""
BESIDE = 400
"""Bytes that memory needs for each, about, beside its own."""
_Value = TypeVar("_Value")
Of = tuple[str, str]
"""A caller, and a session of that caller's."""


class Shelf(Generic[_Value]):
    """Values of one kind, by name in their session."""

    def __init__(self) -> None:
        self._held: dict[str, OrderedDict[tuple[Of, Hashable], tuple[_Value, int]]] = {}
        """By caller, the oldest first."""
        self._bytes: Counter[str] = Counter()
        self._all = 0

    def put(self, of: Of, name: Hashable, value: _Value, size: int) -> None:
        """Keep a value of so many bytes; what had its name is gone."""
        caller, size = of[0], size + BESIDE
        self._remove(caller, (of, name))
        self._held.setdefault(caller, OrderedDict())[of, name] = value, size
        self._count(caller, size)
        while self._bytes[caller] > MOST_OF_ONE:
            self._remove(caller, next(iter(self._held[caller])))
        while self._all > MOST:
            richest = max(self._bytes, key=self._bytes.__getitem__)
            self._remove(richest, next(iter(self._held[richest])))

    def get(self, of: Of, name: Hashable) -> _Value | None:
        """The value, if it is there."""
        held = self._held.get(of[0])
        found = held and held.get((of, name))
        return found[0] if found else None

    def drop(self, of: Of) -> None:
        """Keep nothing of a session that has ended."""
        for key in [key for key in self._held.get(of[0], ()) if key[0] == of]:
            self._remove(of[0], key)

    def _remove(self, caller: str, key: tuple[Of, Hashable]) -> None:
        held = self._held.get(caller)
        if held and (found := held.pop(key, None)):
            self._count(caller, -found[1])
            if not held:
                del self._held[caller], self._bytes[caller]

    def _count(self, caller: str, size: int) -> None:
        self._bytes[caller] += size
        self._all += size


class Kept:
    """For the sessions of all callers."""

    def __init__(self) -> None:
        self.events: Shelf[tuple[Id | None]] = Shelf()
        """By an event's id the request on whose stream it came, or None if it came on a stream of its own."""
        self.answers: Shelf[bytes] = Shelf()
        """By a request's id its answer, as it was sent."""

    def drop(self, of: Of) -> None:
        """Keep nothing of a session that has ended."""
        self.events.drop(of)
        self.answers.drop(of)
