"""The body of a request, read whole.

Guarantees: no more than its bound is read, and for no longer than its time. It is sent as JSON, and not packed.
"""

from __future__ import annotations

from collections.abc import Mapping

import anyio
from starlette.requests import ClientDisconnect
from starlette.requests import Request as Asked

from mcp_opa.pep import message
from mcp_opa.pep.http.refusal import Refusal
from mcp_opa.pep.http.stream import Gone

BODY_SECONDS = 30.0
"""Within this time a message must be here."""


async def read(asked: Asked, given: Mapping[str, str], most: int) -> bytes:
    """The body. Raises `Refusal`, and `Gone` if the client leaves before its end."""
    kind = given.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json" or "content-encoding" in given:
        raise _refusal(415, "The body must be application/json, as it is.")
    if len(length := given.get("content-length", "").lstrip("0")) > len(str(most)) or int(length or 0) > most:
        raise _refusal(413, f"A message has at most {most} bytes.")
    raw = bytearray()
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for part in asked.stream():
                raw += part
                if len(raw) > most:
                    raise _refusal(413, f"A message has at most {most} bytes.")
    except TimeoutError as error:
        raise _refusal(408, f"The body did not come within {BODY_SECONDS:g} s.") from error
    except ClientDisconnect as error:
        raise Gone from error
    return bytes(raw)


def _refusal(status: int, text: str) -> Refusal:
    return Refusal(status, message.INVALID_REQUEST, text)
