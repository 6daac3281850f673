"""Work that an event loop leaves to threads, while it goes on.

Guarantees: what is begun goes to its end though nobody may await it any more; no more than so much is admitted at once.
A forked child begins with threads of its own: its parent's are not there.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar
from weakref import WeakSet

_THREADS = 32
_WAITING = 256
"""How much is done or waits at once; more isn't admitted."""
_Result = TypeVar("_Result")


class Full(Exception):
    """No more is admitted for now; the message says how much waits."""


class Aside:
    """Threads of a gate's own, started when they are first needed. Threads and event loops may share them."""

    def __init__(self) -> None:
        self.renew()
        _known.add(self)

    def renew(self) -> None:
        """Begin anew, as a forked child must."""
        self._threads: ThreadPoolExecutor | None = None
        self._starting = threading.Lock()
        self._room = threading.BoundedSemaphore(_WAITING)

    async def admitted(self, work: Callable[[], _Result]) -> _Result:
        """What the work gives. Raises `Full`, and what the work raises."""
        room = self._room
        if not room.acquire(blocking=False):
            raise Full(f"{_WAITING} calls wait for a decision already")
        try:
            return await self._begun(work)
        finally:
            room.release()

    async def finished(self, work: Callable[[], None]) -> None:
        """Do the work, admitted in any case and to its end, though nobody may wait for that. Raises what it raises."""
        await asyncio.shield(self._begun(work))

    def close(self) -> None:
        """End the threads; more work starts others."""
        with self._starting:
            threads, self._threads = self._threads, None
        if threads:
            threads.shutdown()

    def _begun(self, work: Callable[[], _Result]) -> asyncio.Future[_Result]:
        with self._starting:
            self._threads = self._threads or ThreadPoolExecutor(_THREADS, "mcp-opa")
            return asyncio.get_running_loop().run_in_executor(self._threads, work)


_known: WeakSet[Aside] = WeakSet()


def _forked() -> None:
    for aside in list(_known):
        aside.renew()


os.register_at_fork(after_in_child=_forked)
