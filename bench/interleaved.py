"""Times that can be compared: everything in turns, within one run.

A busy machine slows all cases alike, so their ratio stays; a median forgives the turns in which somebody else ran.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Generic, TypeVar

_Case = TypeVar("_Case")


def medians(cases: Mapping[str, Callable[[], object]], *, rounds: int = 60, turns: int = 50) -> dict[str, float]:
    """The median time of each case in microseconds: `turns` calls in each of the rounds, after one that warms up."""
    race = _Race(cases, rounds, turns)
    for case, times in race.turns():
        began = time.perf_counter_ns()
        case()
        times.append(time.perf_counter_ns() - began)
    return race.medians()


async def amedians(
    cases: Mapping[str, Callable[[], Awaitable[object]]], *, rounds: int = 60, turns: int = 50
) -> dict[str, float]:
    """The same of what is awaited, in the loop that runs."""
    race = _Race(cases, rounds, turns)
    for case, times in race.turns():
        began = time.perf_counter_ns()
        await case()
        times.append(time.perf_counter_ns() - began)
    return race.medians()


class _Race(Generic[_Case]):
    """Whose turn it is, and the nanoseconds that turns took."""

    def __init__(self, cases: Mapping[str, _Case], rounds: int, turns: int) -> None:
        self._cases = cases
        self._rounds = rounds
        self._turns = turns
        self._times: dict[str, list[int]] = {}

    def turns(self) -> Iterator[tuple[_Case, list[int]]]:
        """Each case when it has its turn, and where its time belongs."""
        gc.collect()
        for number in range(self._rounds + 1):
            for name, case in self._cases.items():
                times = self._times.setdefault(name, []) if number else []
                for _ in range(self._turns):
                    yield case, times

    def medians(self) -> dict[str, float]:
        """Microseconds."""
        return {name: statistics.median(times) / 1000 for name, times in self._times.items()}
