"""A client over stdio: starts a gateway, makes calls, and notes every answer."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
from typing import Any, Self

import anyio
from anyio.abc import Process, TaskGroup
from anyio.streams.buffered import BufferedByteReceiveStream

from tests.soak.calls import ANSWER_SECONDS, GREETING, HELLO, LIST, Call, Calls
from tests.soak.world import World

OVERSIZED = 9 * 1024 * 1024
_LONGEST = 1024 * 1024


class Stdio:
    """One gateway, and the client that started it."""

    def __init__(self, calls: Calls, world: World) -> None:
        self.calls = calls
        self._world = world
        self._over = False
        self._waiting: dict[int | str, anyio.Event] = {}
        self._sending = anyio.Lock()
        self._process: Process
        self._tasks: TaskGroup

    @property
    def pid(self) -> int:
        """The gateway's."""
        return self._process.pid

    async def __aenter__(self) -> Self:
        world = self._world
        self._process = await anyio.open_process(
            world.stdio, stdin=subprocess.PIPE, stderr=world.log, env=world.environment, cwd=world.folder
        )
        self._tasks = anyio.create_task_group()
        await self._tasks.__aenter__()
        self._tasks.start_soon(self._listen)
        await self._ask(HELLO, "initialize", GREETING)
        await self._say(method="notifications/initialized")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.leave()
        await self._tasks.__aexit__(None, None, None)
        await self._process.aclose()

    async def call(self, call: Call) -> None:
        """Make a call and wait for its answer, or the end."""
        begun = time.monotonic()
        await self._ask(call.id, "tools/call", call.params)
        call.fair = self.calls.weather.fair_since(begun)

    async def cancelled(self, call: Call) -> None:
        """Make a call, and want no answer soon after."""
        begun = time.monotonic()
        with anyio.move_on_after(0.3):
            await self._ask(call.id, "tools/call", call.params)
        await self._say(method="notifications/cancelled", params={"requestId": call.id})
        call.fair = self.calls.weather.fair_since(begun)

    async def list(self) -> None:
        """Ask for the tools."""
        await self._ask(f"{LIST}{time.monotonic()}", "tools/list", {})

    async def oversized(self) -> None:
        """Say more at once than may be said."""
        await self._say(method="x" * OVERSIZED)

    async def leave(self) -> None:
        """Say nothing more."""
        assert self._process.stdin
        await self._process.stdin.aclose()

    async def ended(self) -> int:
        """Wait until the gateway has ended; its status."""
        with anyio.fail_after(ANSWER_SECONDS):
            return await self._process.wait()

    async def _ask(self, id_: int | str, method: str, params: dict[str, Any]) -> None:
        answered = self._waiting[id_] = anyio.Event()
        try:
            await self._say(id=id_, method=method, params=params)
            with anyio.move_on_after(ANSWER_SECONDS):
                if not self._over:
                    await answered.wait()
        finally:
            del self._waiting[id_]
        if self._over and isinstance(id_, int) and not self.calls.made[id_].answers:
            self.calls.made[id_].ended = True

    async def _say(self, **said: Any) -> None:  # noqa: ANN401 (a message's)
        assert self._process.stdin
        with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):
            async with self._sending:
                await self._process.stdin.send(json.dumps({"jsonrpc": "2.0", **said}).encode() + b"\n")

    async def _listen(self) -> None:
        assert self._process.stdout
        lines = BufferedByteReceiveStream(self._process.stdout)
        with suppress(anyio.EndOfStream, anyio.IncompleteRead, anyio.ClosedResourceError):
            while True:
                answer = json.loads(await lines.receive_until(b"\n", _LONGEST))
                self.calls.heard(answer)
                if waiting := self._waiting.get(answer.get("id")):
                    waiting.set()
        self._over = True
        for answered in self._waiting.values():
            answered.set()
