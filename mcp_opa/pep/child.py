"""The server as a child process: started without a shell, spoken to over its pipes, never left behind.

Guarantees: when `serve` ends, for whatever reason, the process and what it started in its group are gone and reaped.
Its standard error and its environment are the gateway's own. It imports little, so that the server starts at once.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from subprocess import PIPE, Popen

import anyio

from mcp_opa.pep.pipes import Input, Output

GRACE_SECONDS = 2.0
"""How long it may take to end when it is told to, before it is killed."""
_GLANCE_SECONDS = 0.02


class Child:
    """A server that runs."""

    def __init__(self, process: Popen[bytes]) -> None:
        if process.stdin is None or process.stdout is None:
            raise ValueError("a child is spoken to over pipes")
        self._process = process
        self._stdin = process.stdin
        self._output, self._input = Output(process.stdin.fileno()), Input(process.stdout.fileno())
        self._finished = False

    async def receive(self) -> bytes:
        """Some bytes of its output; none at the end."""
        return await self._input.receive()

    async def send(self, line: bytes) -> None:
        """Write a line to its input, and wait until it reads. Raises `OSError` if it doesn't any more."""
        if self._finished:
            raise BrokenPipeError("nothing more is said to the server")
        await self._output.send(line)

    def finish(self) -> None:
        """Tell it, by the end of its input, that nothing more will come."""
        self._finished = True
        anyio.notify_closing(self._stdin)
        self._stdin.close()

    async def status(self) -> int:
        """Its exit status, when it has ended; negative: the signal that ended it."""
        while (status := self._process.poll()) is None:  # noqa: ASYNC110 (no event that every system has)
            await anyio.sleep(_GLANCE_SECONDS)
        return status

    async def stop(self) -> None:
        """End it: first asked to, then made to."""
        self._input.close()
        self._signal(signal.SIGTERM)
        with anyio.move_on_after(GRACE_SECONDS):
            await self.status()
        self._signal(signal.SIGKILL)
        await self.status()

    def _signal(self, number: int) -> None:
        """To its whole group: a launcher such as npx has the server as a child of its own."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


async def serve(command: Sequence[str], relay: Callable[[Child], Awaitable[bool]]) -> int | None:
    """Start a server, and relay until one side ends; the server's status if it ended first.

    `relay` says whether the client has left. SIGTERM, SIGINT and SIGHUP end the server, as if the client had left.
    Raises `OSError` if there is no such program, and what `relay` raises.
    """
    with anyio.CancelScope() as stopped, _told(stopped.cancel):
        async with _running(command) as child:
            return None if await relay(child) else await child.status()
    return None


@asynccontextmanager
async def _running(command: Sequence[str]) -> AsyncIterator[Child]:
    with Popen(  # noqa: ASYNC220, S603 (it takes no time, and is what the user names)
        command, stdin=PIPE, stdout=PIPE, bufsize=0, start_new_session=True
    ) as process:
        child = Child(process)
        try:
            yield child
        finally:
            with anyio.CancelScope(shield=True):
                await child.stop()


@contextmanager
def _told(stop: Callable[[], None]) -> Iterator[None]:
    """Stop at a signal, while in here."""
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    for number in numbers:
        loop.add_signal_handler(number, stop)
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
