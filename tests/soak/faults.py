"""The faults of a soak, one after another, over and over.

Of some of them a client must notice nothing: these strike while the weather of its calls is fair.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Awaitable, Callable

import anyio
from anyio import to_thread

from tests.soak.calls import ENDLESS, KINDS, Calls
from tests.soak.over_http import Http
from tests.soak.over_stdio import Stdio
from tests.soak.world import World, child, hang, runs

AWAY_SECONDS = 2.0
_A_FEW = 5


class Faults:
    """What can go wrong between these two clients and this world."""

    def __init__(self, world: World, stdio: Stdio, http: Http) -> None:
        self.world, self.stdio, self.http = world, stdio, http
        self.dying, self.leaving = Calls("stdio, server dies", 3), Calls("stdio, client leaves", 4)
        self.struck: dict[str, int] = {}
        self.problems: list[str] = []
        self._all: list[Callable[[], Awaitable[None]]] = [
            self.opa_is_killed,
            self.the_record_is_moved_away,
            self.the_http_server_is_killed,
            self.a_message_is_too_large,
            self.the_stdio_server_dies,
            self.the_policy_changes,
            self.the_servers_hang,
            self.the_stdio_client_leaves,
            self.the_keys_are_written_anew,
        ]

    async def strike(self) -> str:
        """Let the next one strike; its name."""
        fault = self._all[sum(self.struck.values()) % len(self._all)]
        name = getattr(fault, "__name__", "").replace("_", " ")
        try:
            await fault()
        except Exception as error:  # noqa: BLE001 (also a trial that fails is found out)
            self.problems.append(f"{name}: {error!r}")
        self.struck[name] = self.struck.get(name, 0) + 1
        return name

    async def opa_is_killed(self) -> None:
        with self.http.calls.weather.foul():
            await to_thread.run_sync(self.world.kill_opa)
            await anyio.sleep(AWAY_SECONDS)
            await to_thread.run_sync(self.world.start_opa)

    async def the_http_server_is_killed(self) -> None:
        with self.http.calls.weather.foul():
            await to_thread.run_sync(self.world.kill_server)
            await anyio.sleep(AWAY_SECONDS)
            await to_thread.run_sync(self.world.start_server)

    async def the_servers_hang(self) -> None:
        async with anyio.create_task_group() as tasks:
            for pid in (child(self.stdio.pid), self.world.server.pid):
                tasks.start_soon(to_thread.run_sync, hang, pid, AWAY_SECONDS)

    async def the_record_is_moved_away(self) -> None:
        self.world.rotate()

    async def the_policy_changes(self) -> None:
        await to_thread.run_sync(self.world.new_policy)

    async def the_keys_are_written_anew(self) -> None:
        self.world.write_keys()

    async def a_message_is_too_large(self) -> None:
        for client in (self.stdio, self.http):
            before = client.calls.odd
            await client.oversized()
            await client.list()
            if client.calls.odd != before + 1:
                self.problems.append(f"{client.calls.lane}: a message that is too large was not refused once")

    async def the_stdio_server_dies(self) -> None:
        async with Stdio(self.dying, self.world) as client, anyio.create_task_group() as tasks:
            await self._some(client)
            with self.dying.weather.foul():
                for _ in range(_A_FEW):
                    tasks.start_soon(client.call, self.dying.next(ENDLESS))
                await anyio.sleep(AWAY_SECONDS / 4)
                os.kill(child(client.pid), signal.SIGKILL)
                if (status := await client.ended()) != 1:
                    self.problems.append(f"the gateway ended with status {status} after its server died")

    async def the_stdio_client_leaves(self) -> None:
        async with Stdio(self.leaving, self.world) as client:
            await self._some(client)
            server = child(client.pid)
            async with anyio.create_task_group() as tasks:
                for kind in (*KINDS, ENDLESS):
                    tasks.start_soon(client.call, self.leaving.next(kind, left=True))
                await anyio.sleep(0.1)
                await client.leave()
            if (status := await client.ended()) != 0 or runs(server):
                self.problems.append(f"the gateway ended with status {status}, and its server runs: {runs(server)}")

    async def _some(self, client: Stdio) -> None:
        for _ in range(_A_FEW):
            await client.call(client.calls.next())
