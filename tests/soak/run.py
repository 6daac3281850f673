"""A soak: calls at a fixed rate over stdio and over HTTP, while one fault after another strikes.

Guarantees: it ends by itself, some two minutes after its time at most. It says what it does through `tell`.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import anyio

from tests.soak import judge
from tests.soak.calls import ENDLESS, Calls
from tests.soak.faults import Faults
from tests.soak.over_http import Http
from tests.soak.over_stdio import Stdio
from tests.soak.size import Size
from tests.soak.world import World

A_SECOND = {"stdio": 30, "HTTP": 15}
"""Calls."""
MOST_AT_ONCE = 256
CALM_SECONDS = 3.0
"""Between two faults."""
LIST_EVERY = 50
LEAVE_EVERY = 101
Tell = Callable[[str], None]


@dataclass(frozen=True)
class Found:
    """What a soak found."""

    table: str
    problems: list[str]
    struck: dict[str, int]
    """How often each fault did."""


async def soak(folder: Path, seconds: float, tell: Tell) -> Found:
    """Run for so long. Raises nothing for what it finds."""
    calls = {name: Calls(name, seed) for seed, name in enumerate(A_SECOND)}
    with World(folder) as world:
        async with (
            Stdio(calls["stdio"], world) as stdio,
            Http(calls["HTTP"], world) as http,
        ):
            faults = Faults(world, stdio, http)
            sizes = [Size("gateway over stdio", stdio.pid), Size("gateway over HTTP", world.gateway.pid)]
            async with anyio.create_task_group() as watching:
                for size in sizes:
                    watching.start_soon(size.watch)
                await _calling(faults, time.monotonic() + seconds, tell)
                watching.cancel_scope.cancel()
    found = judge.accounts(folder)
    lanes = [*calls.values(), faults.dying, faults.leaving]
    table = "\n".join([judge.table(lanes, found), "", *map(str, sizes)])
    told = [*judge.problems(lanes, found), *faults.problems, *(text for size in sizes for text in size.problems())]
    return Found(table, told, faults.struck)


async def _calling(faults: Faults, until: float, tell: Tell) -> None:
    """Make calls and let faults strike until then; wait for what is under way."""
    async with anyio.create_task_group() as tasks:
        for client in (faults.stdio, faults.http):
            tasks.start_soon(_lane, client, A_SECOND[client.calls.lane], until)
        await anyio.sleep(CALM_SECONDS)
        while time.monotonic() < until - CALM_SECONDS:
            name = await faults.strike()
            made = ", ".join(f"{client.calls.lane} {len(client.calls.made)}" for client in (faults.stdio, faults.http))
            tell(f"{max(until - time.monotonic(), 0):6.0f} s left   {made}   {name}")
            await anyio.sleep(CALM_SECONDS)


async def _lane(client: Stdio | Http, a_second: int, until: float) -> None:
    """One client's calls, each begun at its time whatever became of the others."""
    room = anyio.CapacityLimiter(MOST_AT_ONCE)
    begun = time.monotonic()
    async with anyio.create_task_group() as tasks:
        for number in itertools.count():
            due = begun + number / a_second
            if due > until:
                break
            await anyio.sleep(max(due - time.monotonic(), 0))
            tasks.start_soon(_one, client, number, room)


async def _one(client: Stdio | Http, number: int, room: anyio.CapacityLimiter) -> None:
    async with room:
        if number % LIST_EVERY == 0:
            await client.list()
        elif number % LEAVE_EVERY == 0:
            await client.cancelled(client.calls.next(ENDLESS, left=True))
        else:
            await client.call(client.calls.next())
