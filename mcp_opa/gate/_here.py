"""Work that an event loop does itself, and waits for.

Guarantees: as `Aside`, without threads: it is done when it is begun. It fits a loop that serves one caller by an engine
in its own process, where a thread costs more than the work.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


class Here:
    """The loop's own hands."""

    async def admitted(self, work: Callable[[], _Result]) -> _Result:
        """What the work gives. Raises what the work raises."""
        return work()

    async def finished(self, work: Callable[[], None]) -> None:
        """Do the work. Raises what it raises."""
        work()

    def close(self) -> None:
        """There is nothing to end."""
