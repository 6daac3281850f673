"""Instances of one policy with one state of its data: none is for two at a time, and there are never more than so many.

Guarantees: every question has an instance for itself; one that failed is never asked again; where all are busy, a
question waits, but not for ever. Each instance holds a copy of the data, which is why their number is bounded.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from mcp_opa.model import Cause, Question
from mcp_opa.pdp.embedded._instance import Instance, Stopped


class Pool:
    """Instances that `make` makes as they are needed. Threads may share a pool."""

    def __init__(self, make: Callable[[], Instance], most: int, patience: float) -> None:
        """At most `most` instances; a question waits `patience` seconds for one of them."""
        self._make = make
        self._unmade = most
        self._patience = patience
        self._idle: deque[Instance] = deque()
        self._waiting = 0
        self._changed = threading.Condition()

    def ask(self, question: Question, document: bytes) -> bytes:
        """The answer of an instance. Raises `Stopped`, and what `make` raises."""
        instance = self._take()
        try:
            answer = instance.ask(question, document)
        except BaseException:
            self._lose()
            raise
        self._give(instance)
        return answer

    def warm(self) -> None:
        """Make the first instance. Raises what `make` raises."""
        self._give(self._take())

    def _take(self) -> Instance:
        try:
            return self._idle.pop()
        except IndexError:
            claimed = self._claimed()
        if isinstance(claimed, Instance):
            return claimed
        if not claimed:
            raise Stopped(Cause.TIMEOUT, "every instance of the policy was busy for too long")
        try:
            return self._make()
        except BaseException:
            self._lose()
            raise

    def _claimed(self) -> Instance | bool:
        """An instance that comes free, or whether one may be made."""
        with self._changed:
            self._waiting += 1
            try:
                return self._changed.wait_for(self._claim, self._patience)
            finally:
                self._waiting -= 1

    def _claim(self) -> Instance | bool:
        try:
            return self._idle.pop()
        except IndexError:
            self._unmade -= (may := self._unmade > 0)
            return may

    def _give(self, instance: Instance) -> None:
        self._idle.append(instance)
        if self._waiting:  # who begins to wait after this look finds the instance there
            with self._changed:
                self._changed.notify()

    def _lose(self) -> None:
        """Another may be made in the place of one that was taken."""
        with self._changed:
            self._unmade += 1
            self._changed.notify()
