"""Server-sent events, as Streamable HTTP uses them.

Guarantees: an event is whole or not there, and no larger than its bound. What is written is read alike by every reader:
data on one line, nothing of a field's value that would be another field.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

MEDIA_TYPE = "text/event-stream"
LONGEST_ID = 256
_ID = re.compile(rb"[\x21-\x7e]{1,%d}" % LONGEST_ID)
_RETRY = re.compile(rb"[0-9]{1,9}")
_END = re.compile(rb"\r\n|\n|\r")


class Overlong(ValueError):
    """An event has more bytes than may be held."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event. Without anything in it a sign of life, written as a comment."""

    data: bytes = b""
    id: str | None = None
    retry: int | None = None


ALIVE = Event()


def encode(event: Event) -> bytes:
    """The event as it is sent; its data hold no end of a line."""
    if event == ALIVE:
        return b": alive\r\n\r\n"
    lines = [] if event.id is None else [f"id: {event.id}".encode()]
    if event.retry is not None:
        lines.append(f"retry: {event.retry}".encode())
    lines += [b"event: message", b"data: " + event.data] if event.data else [b"data: "]
    return b"\r\n".join(lines) + b"\r\n\r\n"


async def read(chunks: AsyncIterator[bytes], most: int) -> AsyncIterator[Event]:
    """The events of a stream; of those of other types than `message` the id and the retry alone. Raises `Overlong`."""
    reading = _Reading(most)
    async for chunk in chunks:
        for event in reading.feed(chunk):
            yield event


class _Reading:
    """What is held of an event that hasn't ended."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._line = bytearray()
        self._after_return = False
        self._begin()

    def feed(self, chunk: bytes) -> list[Event]:
        if self._after_return and chunk.startswith(b"\n"):
            chunk = chunk[1:]
        self._after_return = chunk.endswith(b"\r") if chunk else self._after_return
        *ended, rest = _END.split(chunk)
        found = []
        for piece in ended:
            self._line += piece
            found += self._end(bytes(self._line))
            self._line.clear()
        self._line += rest
        if self._held + len(self._line) > self._most:
            raise Overlong(f"an event has more than {self._most} bytes")
        return found

    def _begin(self) -> None:
        self._data: list[bytes] = []
        self._held = 0
        self._id: str | None = None
        self._retry: int | None = None
        self._type = b"message"
        self._empty = True

    def _end(self, line: bytes) -> list[Event]:
        """A line has ended: what follows of it."""
        if line.startswith(b":"):
            return [ALIVE]
        if line:
            self._field(line)
            return []
        known = self._type in (b"message", b"")
        event = Event(b"\n".join(self._data) if known else b"", self._id, self._retry)
        found = [event] if event != ALIVE or (known and not self._empty) else []
        self._begin()
        return found

    def _field(self, line: bytes) -> None:
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        self._empty = False
        self._held += len(line) + 1
        if name == b"data":
            self._data.append(value)
        elif name == b"id" and _ID.fullmatch(value):
            self._id = value.decode()
        elif name == b"retry" and _RETRY.fullmatch(value):
            self._retry = int(value)
        elif name == b"event":
            self._type = value
