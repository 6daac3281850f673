"""The tools of the servers that a configuration names, by asking them.

Guarantees: each server is started, or reached, as the client would do it, and is left at the deadline; what goes
wrong is said in its place. It runs whatever commands the configuration names.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import anyio
import httpx2
from mcp import Client, StdioServerParameters
from mcp.client import Transport
from mcp.client.sse import sse_client
from mcp.client.stdio import stdio_client
from mcp.client.streamable_http import streamable_http_client

from mcp_opa.audit import redaction
from mcp_opa.clients.config import Entry

SECONDS = 30.0
"""How long one server has, from its start to the end of its list."""
AT_ONCE = 4
_PAGES = 100


@dataclass(frozen=True, slots=True)
class Tools:
    """What a server says."""

    names: tuple[str, ...] = ()
    error: str = ""
    """Why it says nothing."""


def ask(entries: Sequence[Entry], seconds: float = SECONDS) -> list[Tools]:
    """The tools of each server, in their order."""
    found = [Tools()] * len(entries)

    async def one(place: int, room: anyio.Semaphore) -> None:
        async with room:
            found[place] = await _asked(entries[place], seconds)

    async def all_of_them() -> None:
        room = anyio.Semaphore(AT_ONCE)
        async with anyio.create_task_group() as group:
            for place in range(len(entries)):
                group.start_soon(one, place, room)

    anyio.run(all_of_them)
    return found


async def _asked(entry: Entry, seconds: float) -> Tools:
    if entry.odd:
        return Tools(error=entry.odd)
    if "${" in "".join([*entry.words, entry.url, *entry.under("env").values(), *entry.under("headers").values()]):
        return Tools(error="the client fills something in; ask it there")
    try:
        with anyio.fail_after(seconds):
            return Tools(await _listed(entry))
    except TimeoutError:
        return Tools(error=f"no answer within {seconds:g} s")
    except Exception as error:  # noqa: BLE001 (whatever a server or the way to it does)
        return Tools(error=_spelled(error))


async def _listed(entry: Entry) -> tuple[str, ...]:
    names: list[str] = []
    cursor: str | None = None
    async with _transport(entry) as transport, Client(transport, cache=None) as client:
        for _ in range(_PAGES):
            page = await client.list_tools(cursor=cursor)
            names += [tool.name for tool in page.tools]
            cursor = page.next_cursor
            if cursor is None:
                return tuple(names)
    raise ValueError(f"its list has more than {_PAGES} pages")


@asynccontextmanager
async def _transport(entry: Entry) -> AsyncIterator[Transport]:
    """The way to a server that its client would take."""
    headers = entry.under("headers")
    if entry.words:
        cwd = entry.value.get("cwd")
        server = StdioServerParameters(
            command=entry.words[0],
            args=list(entry.words[1:]),
            env=dict(os.environ) | entry.under("env"),
            cwd=cwd if isinstance(cwd, str) else None,
        )
        with open(os.devnull, "w") as nowhere:  # noqa: ASYNC230, PTH123 (nothing is waited for)
            yield stdio_client(server, errlog=nowhere)
    elif entry.value.get("type", entry.value.get("transport")) == "sse":
        yield sse_client(entry.url, headers=headers)
    else:
        async with httpx2.AsyncClient(headers=headers, trust_env=False, timeout=SECONDS) as http:
            yield streamable_http_client(entry.url, http_client=http)


def _spelled(error: BaseException) -> str:
    """What went wrong, of however many things that went wrong with it."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return redaction.excerpt(f"{type(error).__name__}: {error}".removesuffix(": "))
