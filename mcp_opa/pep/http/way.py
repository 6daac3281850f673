"""What every conversation of a gateway with its server goes by.

Guarantees: what the server says unasked passes the relay, and a request that doesn't pass is answered.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mcp_opa.pep import message
from mcp_opa.pep.catalogue import Catalogue
from mcp_opa.pep.http.server import Server
from mcp_opa.pep.http.sessions import Session, Sessions
from mcp_opa.pep.message import Bounds, Message, Notification, Request
from mcp_opa.pep.relay import Relay


@dataclass(frozen=True, slots=True)
class Way:
    """What all exchanges of a gateway share."""

    relay: Relay
    catalogue: Catalogue
    server: Server
    sessions: Sessions
    bounds: Bounds
    """Of what the server says."""
    post: Callable[[Message, Mapping[str, str]], None]
    """Sends something to the server some time, with these headers."""

    def hears(self, session: Session, said: Request | Notification, sent: Mapping[str, str]) -> bool:
        """Whether what the server says unasked goes to the client; a request that doesn't is answered here."""
        passes = self.relay.heard(said)
        if isinstance(said, Request):
            passes = passes and session.id is not None and session.asks(said.id)
            if not passes:
                self.post(
                    message.failure(said.id, message.METHOD_NOT_FOUND, "Method not found, or too many wait"), sent
                )
        elif said.method == "notifications/cancelled":
            session.takes_back((said.params or {}).get("requestId"))
        return passes
