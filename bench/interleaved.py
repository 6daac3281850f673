"""Times that can be compared: everything in turns, within one run.

A busy machine slows all cases alike, so their ratio stays; a median forgives the turns in which somebody else ran.
"""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping


def medians(cases: Mapping[str, Callable[[], object]], *, rounds: int = 60, turns: int = 50) -> dict[str, float]:
    """The median time of each case in microseconds: `turns` calls in each of the rounds, after one that warms up."""
    times: dict[str, list[int]] = {name: [] for name in cases}
    gc.collect()
    for number in range(rounds + 1):
        for name, case in cases.items():
            taken = [_once(case) for _ in range(turns)]
            if number:
                times[name] += taken
    return {name: statistics.median(taken) / 1000 for name, taken in times.items()}


async def amedians(
    cases: Mapping[str, Callable[[], Awaitable[object]]], *, rounds: int = 60, turns: int = 50
) -> dict[str, float]:
    """The same of what is awaited, in the loop that runs."""
    times: dict[str, list[int]] = {name: [] for name in cases}
    gc.collect()
    for number in range(rounds + 1):
        for name, case in cases.items():
            taken = [await _aonce(case) for _ in range(turns)]
            if number:
                times[name] += taken
    return {name: statistics.median(taken) / 1000 for name, taken in times.items()}


async def _aonce(case: Callable[[], Awaitable[object]]) -> int:
    began = time.perf_counter_ns()
    await case()
    return time.perf_counter_ns() - began


def _once(case: Callable[[], object]) -> int:
    began = time.perf_counter_ns()
    case()
    return time.perf_counter_ns() - began
