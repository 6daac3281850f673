"""Where an OPA is: the address as an operator writes it, and what a socket is to connect to.

Guarantees: an address is taken whole or refused with a sentence; looking a name up takes no longer than it may, though
the system's resolver knows no deadline. It opens no connection.
"""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from mcp_opa.pdp import EngineError

Target = tuple[int, Any]
"""A family of sockets, and an address of it."""
LookUp = Callable[..., Sequence[tuple[int, int, int, str, Any]]]

_LABEL = "[A-Za-z0-9_-]{1,63}"
_HTTP = re.compile(
    rf"(https?)://(\[[0-9A-Fa-f:.]{{2,45}}\]|(?=[^:]{{1,253}}:){_LABEL}(?:\.{_LABEL})*):([0-9]{{1,5}})/?"
)
_UNIX = re.compile(r"unix:(?://)?(/[^/\0][^\0]*)")
_LONGEST_PATH = 103
"""Bytes of a socket's path: what the strictest of the platforms takes, its end not counted."""
_LARGEST_PORT = 65535


@dataclass(frozen=True, slots=True)
class Place:
    """`path` is of a Unix socket, else empty; `host` is a name or an IP address without brackets."""

    secure: bool
    host: str
    port: int
    path: str = ""

    def __str__(self) -> str:
        return self.path or f"{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


def place(address: str) -> Place:
    """The place that an address names. Raises `EngineError`."""
    if (found := _UNIX.fullmatch(address)) and len(found[1].encode("utf-8", "surrogateescape")) <= _LONGEST_PATH:
        return Place(secure=False, host="localhost", port=80, path=found[1])
    if (found := _HTTP.fullmatch(address)) and 0 < int(found[3]) <= _LARGEST_PORT:
        return Place(found[1] == "https", found[2].strip("[]"), int(found[3]))
    raise EngineError(
        f"this is no address of an OPA: write http://host:port or https://host:port (OPA's own port is"
        f" 8181), or unix:/path/of/its.sock with at most {_LONGEST_PATH} bytes"
    )


class Resolver:
    """Looks one place up. At most one thread of it waits for the system's resolver, whoever asks."""

    def __init__(self, where: Place, look_up: LookUp = socket.getaddrinfo) -> None:
        self._where = where
        self._look_up = look_up
        self._asked: Future[list[Target]] | None = None
        self._lock = threading.Lock()

    def targets(self, until: float) -> list[Target]:
        """What to connect to, best first. Raises `TimeoutError` at `until` (monotonic), and `socket.gaierror`."""
        if self._where.path:
            return [(socket.AF_UNIX, self._where.path)]
        with suppress(socket.gaierror):
            return self._found(socket.AI_NUMERICHOST)
        return self._asking().result(max(0.0, until - time.monotonic()))

    def _asking(self) -> Future[list[Target]]:
        with self._lock:
            if self._asked is None or self._asked.done():
                self._asked = Future()
                threading.Thread(target=self._ask, args=[self._asked], name="mcp-opa resolver", daemon=True).start()
            return self._asked

    def _ask(self, asked: Future[list[Target]]) -> None:
        try:
            asked.set_result(self._found(0))
        except Exception as error:  # noqa: BLE001 (it is raised where the result is awaited)
            asked.set_exception(error)

    def _found(self, flags: int) -> list[Target]:
        found = self._look_up(self._where.host, self._where.port, 0, socket.SOCK_STREAM, 0, flags)
        return [(family, address) for family, _, _, _, address in found]
