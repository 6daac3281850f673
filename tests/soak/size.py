"""What a process holds: its memory and its open files, once a second."""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable
from pathlib import Path

import anyio

WARM_UP = 0.25
"""The part of a run that isn't looked at."""
_MORE = 1.1
_MORE_MB = 6.0
_MORE_FILES = 4


class Size:
    """One process's."""

    def __init__(self, name: str, pid: int) -> None:
        self.name = name
        self._pid = pid
        self._ended = False
        self._memory: list[float] = []
        self._files: list[float] = []

    async def watch(self) -> None:
        """Look once a second, until cancelled or until there is no such process."""
        try:
            while True:
                self._look()
                await anyio.sleep(1)
        except (OSError, IndexError):
            self._ended = True

    def _look(self) -> None:
        held = Path("/proc", str(self._pid))
        pages = int((held / "statm").read_text().split()[1])
        self._memory.append(pages * os.sysconf("SC_PAGE_SIZE") / 2**20)
        self._files.append(len(list((held / "fd").iterdir())))

    def problems(self) -> list[str]:
        """What is not flat."""
        (memory, memory_later), (files, files_later) = self._thirds()
        told = {
            "it ended": self._ended,
            f"its memory grew from {memory:.1f} to {memory_later:.1f} MB": memory_later > memory * _MORE + _MORE_MB,
            f"its files grew from {files:.0f} to {files_later:.0f}": files_later > files + _MORE_FILES,
        }
        return [f"{self.name}: {text}" for text, is_so in told.items() if is_so]

    def _thirds(self) -> tuple[tuple[float, float], tuple[float, float]]:
        """Of files the least: connections come and go with the load, and what leaks never goes."""
        return thirds(self._memory, statistics.median), thirds(self._files, min)

    def __str__(self) -> str:
        (memory, memory_later), (files, files_later) = self._thirds()
        return f"{self.name:24} {memory:9.1f} → {memory_later:6.1f} MB {files:9.0f} → {files_later:4.0f} files"


def thirds(seen: list[float], of: Callable[[list[float]], float]) -> tuple[float, float]:
    """What stands for the first third, after the warm-up, and for the last."""
    warm = seen[int(len(seen) * WARM_UP) :]
    third = max(len(warm) // 3, 1)
    return of(warm[:third]), of(warm[-third:])
