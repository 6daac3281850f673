"""The response to a client's request: its exchange's events and answer, as HTTP has them.

Guarantees: what is said on the way makes it a stream. An answer alone comes as the server's came, as an event or as
JSON; but an error that its era has a status for is JSON. An exchange hears of it when its client leaves.
"""

from __future__ import annotations

from contextlib import suppress

import anyio
import httpx2
from starlette.requests import Request as Asked
from starlette.types import Send

from mcp_opa.pep import answers, message, methods
from mcp_opa.pep.http import headers
from mcp_opa.pep.http.exchange import Exchange
from mcp_opa.pep.http.stream import Gone, Outlet, gone
from mcp_opa.pep.message import Request, Result

_STATUS = {
    **dict.fromkeys((message.PARSE_ERROR, message.INVALID_REQUEST, message.INVALID_PARAMS), 400),
    **dict.fromkeys((headers.HEADER_MISMATCH, answers.MISSING_CAPABILITY), 400),
    message.METHOD_NOT_FOUND: 404,
}
"""What HTTP says of an error, in the era without sessions."""


async def respond(asked: Asked, exchange: Exchange, request: Request, send: Send) -> None:
    """Send what the exchange says, until its end or the client's."""
    try:
        async with anyio.create_task_group() as watching:
            watching.start_soon(_leave, asked, exchange, watching.cancel_scope)
            await _respond(exchange, request, send)
            watching.cancel_scope.cancel()
    except* Gone:
        pass
    finally:
        exchange.left()


async def _leave(asked: Asked, exchange: Exchange, response: anyio.CancelScope) -> None:
    await gone(asked.receive)
    exchange.left()
    response.cancel()


async def _respond(exchange: Exchange, request: Request, send: Send) -> None:
    """Send what is said on the way, and the answer at its end. Raises `Gone`."""
    outlet: Outlet | None = None
    with suppress(anyio.ClosedResourceError):  # the client has left meanwhile
        async for event in exchange.said:
            outlet = outlet or Outlet(send, _headers(exchange, request))
            await outlet.put(event)
    if outlet is None:
        await exchange.done.wait()
        outlet, status = Outlet(send, _headers(exchange, request)), _status(exchange, request)
        if exchange.answer is None or status != httpx2.codes.OK or not exchange.streamed:
            await outlet.whole(status, b"" if exchange.answer is None else message.encode(exchange.answer))
            return
    if exchange.done.is_set() and exchange.answer is not None:
        await outlet.put(exchange.final())
    await outlet.end()


def _headers(exchange: Exchange, request: Request) -> dict[str, str]:
    """What of the server's passes, and the session that the answer to `initialize` opens."""
    id_ = exchange.session.id
    opened = {headers.SESSION: id_} if request.method == "initialize" and id_ is not None else {}
    return {**exchange.returned, **opened}


def _status(exchange: Exchange, request: Request) -> int:
    """What HTTP says of an answer: what the server's response said, or what the era has for an error of the relay's."""
    answer = exchange.answer
    if isinstance(answer, Result) or answer is None:
        return 200
    if exchange.status >= 400:  # noqa: PLR2004
        return exchange.status
    return _STATUS.get(answer.error["code"], 200) if methods.stateless(request) else 200
