"""What was sent on each stream, for clients that come back for the rest."""

from __future__ import annotations

from mcp.server.streamable_http import EventCallback, EventMessage, EventStore
from mcp_types import JSONRPCMessage


class Events(EventStore):
    """Keeps every event of every stream; an event's id is its place in the list."""

    def __init__(self) -> None:
        self._sent: list[tuple[str, JSONRPCMessage | None]] = []

    async def store_event(self, stream_id: str, message: JSONRPCMessage | None) -> str:
        self._sent.append((stream_id, message))
        return str(len(self._sent) - 1)

    async def replay_events_after(self, last_event_id: str, send_callback: EventCallback) -> str | None:
        if not last_event_id.isdecimal() or int(last_event_id) >= len(self._sent):
            return None
        after = int(last_event_id)
        stream = self._sent[after][0]
        for place in range(after + 1, len(self._sent)):
            sender, message = self._sent[place]
            if sender == stream and message is not None:
                await send_callback(EventMessage(message, str(place)))
        return stream
