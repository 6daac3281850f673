"""Whether two patterns have something in common, and whether one holds all of the other.

Guarantees: `meets` is exact; `holds` is true only where it is so, and may miss what only a closer look would show. For
advice: no call is judged by it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

_CACHED = 65536


@lru_cache(_CACHED)
def names_meet(one: str, other: str) -> bool:
    """Whether some tool is named by both entries (`tool`, `server/tool`, `*`)."""
    return all(_meet(a, b, _same, "*") for a, b in zip(_entry(one), _entry(other), strict=True))


@lru_cache(_CACHED)
def name_holds(one: str, other: str) -> bool:
    """Whether every tool that `other` names is named by `one`."""
    return all(_hold(a, b, _same, "*") for a, b in zip(_entry(one), _entry(other), strict=True))


@lru_cache(_CACHED)
def paths_meet(one: str, other: str) -> bool:
    """Whether some path is covered by both globs."""
    return _meet(one.split("/"), other.split("/"), lambda a, b: _meet(a, b, _same, "*"), "**")


@lru_cache(_CACHED)
def path_holds(one: str, other: str) -> bool:
    """Whether every path that `other` covers is covered by `one`."""
    return _hold(one.split("/"), other.split("/"), lambda a, b: _hold(a, b, _same, "*"), "**")


def _entry(text: str) -> tuple[str, str]:
    server, slash, tool = text.rpartition("/")
    return server if slash else "*", tool


def _same(one: str, other: str) -> bool:
    return one == other


def _meet(one: Sequence[str], other: Sequence[str], same: Callable[[str, str], bool], some: str) -> bool:
    """Whether some sequence matches both patterns, in which `some` stands for any number of items."""
    row = [True]
    for item in other:
        row.append(row[-1] and item == some)
    for a in one:
        before, row = row, [row[0] and a == some]
        for index, b in enumerate(other):
            if some in (a, b):
                row.append(row[-1] or before[index + 1])
            else:
                row.append(before[index] and same(a, b))
    return row[-1]


def _hold(one: Sequence[str], other: Sequence[str], same: Callable[[str, str], bool], some: str) -> bool:
    """Whether `one` matches `other`, item by item, where only `some` matches `some`."""
    row = [True] + [False] * len(other)
    for a in one:
        before, row = row, [row[0] and a == some]
        for index, b in enumerate(other):
            if a == some:
                row.append(row[-1] or before[index + 1])
            else:
                row.append(b != some and before[index] and same(a, b))
    return row[-1]
