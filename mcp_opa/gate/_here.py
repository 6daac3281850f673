"""Work that an event loop does itself, and waits for.

Guarantees: as `Aside`, without threads: it is done when it is begun. It fits a loop that serves one caller by an engine
in its own process, where a thread costs more than the work.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

_Result = TypeVar("_Result")


class Here:
    """The loop's own hands."""

    async def admitted(self, work: Callable[[], _Result]) -> _Result:
        """What the work gives. Raises what the work raises."""
        return work()

    def begun(self, work: Callable[[], _Result]) -> asyncio.Future[_Result]:
        """Work that is done before anybody awaits it."""
        done: asyncio.Future[_Result] = asyncio.get_running_loop().create_future()
        try:
            done.set_result(work())
        except Exception as error:  # noqa: BLE001 (whoever awaits it gets it)
            done.set_exception(error)
        return done

    def close(self) -> None:
        """There is nothing to end."""
