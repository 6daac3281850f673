"""What HTTP answers to a request that is not relayed.

Guarantees: a client learns a status, a code and a plain sentence, and nothing that only operators should know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

from mcp_opa.pep.message import Id


class Refusal(Exception):
    """A status, and the JSON-RPC error in the body."""

    def __init__(
        self,
        status: int,
        code: int,
        text: str,
        headers: Mapping[str, str] | None = None,
        id: Id | None = None,  # noqa: A002 (its name in JSON-RPC)
    ) -> None:
        super().__init__(text)
        self.status = status
        self.code = code
        self.headers = dict(headers or {})
        self.id = id

    def challenging(self, challenge: str) -> Self:
        """The same, saying how to prove who calls."""
        if challenge:
            self.headers["www-authenticate"] = challenge
        return self
