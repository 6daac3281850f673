"""The gateway's door: HTTP requests come in, each is proved, read, relayed and answered.

Guarantees: a request is served only for a subject that an authenticator proved, from a place that may call, in a form
that is read one way. Everything else is refused, and that is recorded. A client that sends slowly, reads slowly or
leaves holds nothing for longer than the bounds here.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import anyio
from starlette.requests import Request as Asked
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from mcp_opa.auth import Authenticator, Unauthenticated
from mcp_opa.gate import Gate
from mcp_opa.model import Cause, Subject, ToolCall
from mcp_opa.pep import message
from mcp_opa.pep.config import Http
from mcp_opa.pep.http import headers, stream
from mcp_opa.pep.http.conversation import Conversation
from mcp_opa.pep.http.refusal import Refusal
from mcp_opa.pep.relay import Caller

METHODS = ("POST", "GET", "DELETE")
PATH = "/mcp"


class App:
    """The ASGI application of one gateway."""

    def __init__(self, http: Http, gate: Gate, authenticator: Authenticator, conversation: Conversation) -> None:
        self._gate = gate
        self._authenticator = authenticator
        self._conversation = conversation
        self._paths = {PATH, urlsplit(http.upstream.url).path or "/"}
        self._hosts = {*headers.LOOPBACK, http.listen, http.listen.rpartition(":")[0], *map(str.lower, http.hosts)}
        self._origins = set(http.origins)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request and its response."""
        if scope["type"] != "http":
            return
        asked = Asked(scope, receive)
        try:
            await self._answer(asked, send)
        except Refusal as refusal:
            with anyio.move_on_after(stream.SEND_SECONDS):
                await _refused(refusal)(scope, receive, send)

    async def _answer(self, asked: Asked, send: Send) -> None:
        try:
            given = headers.given(asked.scope["headers"])
        except headers.Unlike as unlike:
            raise self._refusal(asked, 400, str(unlike)) from unlike
        self._admit(asked, given)
        if (
            (metadata := self._authenticator.metadata)
            and asked.scope["path"] == metadata.path
            and asked.method == "GET"
        ):
            await JSONResponse(metadata.document)(asked.scope, asked.receive, send)
            return
        if asked.scope["path"] not in self._paths:
            raise Refusal(404, message.INVALID_REQUEST, f"There is nothing here; the gateway is at {PATH}.")
        if asked.method not in METHODS:
            raise Refusal(405, message.INVALID_REQUEST, "Method not allowed", {"allow": ", ".join(METHODS)})
        caller = Caller(await self._subject(asked, given), source_ip=_source(asked))
        await self._conversation.serve(asked, given, caller, send)

    def _admit(self, asked: Asked, given: Mapping[str, str]) -> None:
        """Raises `Refusal` for a request that a web page sends, or that was led here under another name."""
        host = given.get("host", "").lower()
        if host not in self._hosts and headers.name_of(host) not in self._hosts:
            raise self._refusal(asked, 403, "the Host header names another host; name it under `hosts` if it is this")
        origin = given.get("origin")
        if origin is not None and origin not in self._origins | {f"http://{host}", f"https://{host}"}:
            raise self._refusal(asked, 403, "the Origin header names a page that may not call; see `origins`")

    async def _subject(self, asked: Asked, given: Mapping[str, str]) -> Subject:
        try:
            return await self._authenticator.authenticate(given)
        except Unauthenticated as error:
            refusal = self._refusal(asked, error.status, error.detail)
            raise refusal.challenging(error.challenge) from error

    def _refusal(self, asked: Asked, status: int, why: str) -> Refusal:
        """A refusal of somebody unknown, recorded."""
        call = ToolCall(Subject(""), "", method="", source_ip=_source(asked))
        self._gate.refuse(call, Cause.AUTHENTICATION, why)
        return Refusal(status, status, _SAID.get(status, "Who calls is not known."))


_SAID = {
    400: "The request's headers are not in order.",
    403: "This host, origin or credential may not call here.",
    503: "Who calls can't be verified at the moment.",
}


def _refused(refusal: Refusal) -> Response:
    body = message.encode(message.failure(refusal.id, refusal.code, str(refusal)))
    return Response(body, refusal.status, {**refusal.headers, "cache-control": "no-store"}, "application/json")


def _source(asked: Asked) -> str:
    return asked.client.host if asked.client else ""
