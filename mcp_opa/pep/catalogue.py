"""What a server's tools take: the schemas of its own `tools/list`.

Guarantees: the schema of a tool is the one that the server gave when the tool was first seen, and is unknown where the
server gives none, has given another one since, or no longer lists the tool. A list that can't be had whole leaves its
tools unknown. Bounded: what is beyond is unknown too. Who asks for tools that aren't there keeps nobody waiting who
calls one that is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import anyio

from mcp_opa import contract
from mcp_opa.model import Json
from mcp_opa.pep.message import Answer, Params, Result

UNKNOWN: Json = {}
"""A schema that constrains nothing: the facts say of it that it is unknown, which refuses."""
MOST_TOOLS = 10_000
MOST_PAGES = 1_000
_ATTEMPTS = 3
SECONDS = 30.0
"""How long the server may take to give its whole list."""

Ask = Callable[[Params], Awaitable[Answer]]
"""Puts `tools/list` with these parameters to the server. May raise."""


class Catalogue:
    """The tools of one server, for one event loop."""

    def __init__(self) -> None:
        self._first: dict[str, str] = {}
        self._changed: set[str] = set()
        self._listed: set[str] = set()
        self._expired = False
        self._begun = self._whole = 0
        """How often the list was asked for, and which of these was the last to be had whole."""
        self._asking = anyio.Lock()

    def expire(self) -> None:
        """The server says that its list has changed: the next call wants a fresh one."""
        self._expired = True

    def observe(self, tools: list[Json]) -> set[str]:
        """Take note of entries that the server lists; the names of those that have a schema."""
        names: set[str] = set()
        for tool in tools:
            if type(tool) is not dict or type(name := tool.get("name")) is not str:
                continue
            if type(schema := tool.get("inputSchema")) is not dict:
                self._changed |= self._first.keys() & {name}
                continue
            if name not in self._first and len(self._first) >= MOST_TOOLS:
                continue
            text = contract.canonical(schema).decode()
            if self._first.setdefault(name, text) != text:
                self._changed.add(name)
            names.add(name)
        self._listed |= names
        return names

    def lists(self, name: str) -> bool:
        """Whether the server lists a tool of this name, with a schema, as far as is known."""
        return name in self._listed and not self._expired

    async def schema(self, name: str, ask: Ask) -> Json:
        """The schema to judge a call of this tool by. Asks the server if it isn't at hand; raises nothing."""
        if not self.lists(name):
            since = self._begun
            async with self._asking:
                for _ in range(_ATTEMPTS):
                    if self.lists(name) or self._read_since(since) or not await self._refresh(ask):
                        break
        return self.known(name)

    def known(self, name: str) -> Json:
        """The schema as far as it is at hand: the server isn't asked."""
        return self._first[name] if self.lists(name) and name not in self._changed else UNKNOWN

    def _read_since(self, begun: int) -> bool:
        """Whether the list was had whole for another who asked later than this."""
        return self._whole > begun and not self._expired

    async def _refresh(self, ask: Ask) -> bool:
        """Whether another try is worth it: the list was had whole, but changed meanwhile."""
        expired, self._expired = self._expired, False  # before the first page: a change said meanwhile is not lost
        if expired:
            self._listed.clear()
        self._begun += 1
        names = None
        try:
            with anyio.move_on_after(SECONDS):
                names = await self._read(ask)
        except Exception:  # noqa: BLE001 (whatever becomes of the server, its tools are unknown)
            names = None
        except anyio.get_cancelled_exc_class():
            self._expired = self._expired or expired  # whoever asked has left: what was known is known
            raise
        if names is None:
            self._expired = True
            return False
        self._listed, self._whole = names, self._begun
        return self._expired

    async def _read(self, ask: Ask) -> set[str] | None:
        """The names on all pages; None if one can't be had."""
        names: set[str] = set()
        params: Params = {}
        for _ in range(MOST_PAGES):
            answer = await ask(params)
            if not isinstance(answer, Result) or type(tools := answer.result.get("tools")) is not list:
                return None
            names |= self.observe(tools)
            if (cursor := answer.result.get("nextCursor")) is None:
                return names
            params = {"cursor": cursor}
        return None
