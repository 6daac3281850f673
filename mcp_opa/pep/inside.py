"""An enforcement point inside a server: what the middlewares share, whatever framework the server is built on.

Guarantees: the same relay that stands in front of servers decides here, so that verdicts, lists and refusals are the
same. Who calls is what the framework verified or what the author says, never what a message says; nobody is refused,
and that is recorded. It knows no framework.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from pydantic import BaseModel
from starlette.requests import HTTPConnection

from mcp_opa.gate import Denied, Gate
from mcp_opa.gate.actor import Actor, named
from mcp_opa.model import Cause, Json, Subject, ToolCall
from mcp_opa.pep import answers, methods
from mcp_opa.pep.catalogue import Catalogue
from mcp_opa.pep.message import Answer, Notification, Request
from mcp_opa.pep.relay import Caller, Relay, Upstream


class Token(Protocol):
    """An access token that the framework verified."""

    @property
    def client_id(self) -> str:
        """The client that the token was issued to."""
        ...

    @property
    def subject(self) -> str | None:
        """Whom the token speaks for, if the verifier says so."""
        ...


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message came from, as the framework knows it."""

    token: Token | None
    """The token that the framework verified for this very message."""
    request: object
    """The HTTP request that brought it; None where it didn't come over HTTP."""


class Nobody(Exception):
    """It isn't known who calls; the message says why, for operators."""


class Inside:
    """Stands inside one server, for one event loop.

    A fixed actor is whoever started the server: it is believed only where messages don't come over HTTP, where anybody
    may send them. A function says it for each message.
    """

    def __init__(
        self, gate: Gate, actor: Actor = None, server_id: str | None = None, catalogue: Catalogue | None = None
    ) -> None:
        self._gate = gate
        self._actor = actor
        self._server_id = server_id
        self._relay = Relay(gate, server_id=server_id, catalogue=catalogue)

    async def answer(self, request: Request, origin: Origin, upstream: Upstream) -> Answer:
        """The answer to a request; `upstream` is the rest of the server. Raises nothing but cancellation."""
        route = methods.from_client(request.method)
        try:
            subject = Subject("") if isinstance(route, methods.Passed | None) else self._subject(origin)
        except Nobody as nobody:
            return self._refused(request, route, origin, str(nobody))
        return await self._relay.answer(request, _caller(subject, origin), upstream)

    def passes(self, method: str, params: Json, origin: Origin) -> bool:
        """Whether a notification may go on."""
        return self._relay.passes(Notification(method, params), _caller(Subject(""), origin))

    def _subject(self, origin: Origin) -> Subject:
        if callable(self._actor):
            try:
                found = self._actor()
            except Exception as error:
                raise Nobody(f"the function that says who calls failed: {type(error).__name__}") from error
            return _known(found, "application", "the function that says who calls gives nobody for this message")
        if origin.token is not None:
            return _known(origin.token.subject or origin.token.client_id, "token", "the token names nobody")
        if origin.request is None:
            return _known(self._actor, "process", "the middleware was given no actor, and there is no token")
        raise Nobody("the server verifies no tokens over HTTP; give it a token verifier, or a function as actor")

    def _refused(self, request: Request, route: methods.Route | None, origin: Origin, why: str) -> Answer:
        name: str = ""
        arguments: Json = {}
        if isinstance(route, methods.Decided):
            with suppress(methods.Unreadable):
                name, arguments = route.read(request.params or {})
        caller = _caller(Subject(""), origin)
        call = ToolCall(
            caller.subject,
            name,
            arguments,
            request.method,
            self._server_id,
            session_id=caller.session_id,
            source_ip=caller.source_ip,
        )
        return answers.refused(request, Denied(self._gate.refuse(call, Cause.AUTHENTICATION, why)).message)


def wire(result: object) -> dict[str, Json]:
    """What a handler or another middleware gives, as it is sent."""
    if isinstance(result, BaseModel):
        return result.model_dump(by_alias=True, mode="json", exclude_none=True)
    return dict(result) if isinstance(result, dict) else {}


def _known(found: object, method: str, otherwise: str) -> Subject:
    if subject := named(found, method):
        return subject
    raise Nobody(otherwise)


def _caller(subject: Subject, origin: Origin) -> Caller:
    request = origin.request
    if not isinstance(request, HTTPConnection):
        return Caller(subject)
    return Caller(
        subject, request.headers.get("mcp-session-id", ""), request.client.host if request.client is not None else ""
    )
