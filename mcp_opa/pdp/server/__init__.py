"""The policy in an OPA beside us, asked over HTTP.

Guarantees: `ask` gives an `Answer`, whatever OPA, the network or the files do, and no later than the deadline; a value
only from a whole and plain reply of status 200 and, under a pin, of the pinned policy. Only four fixed paths are ever
asked; nothing of the environment counts and no redirect is followed. Threads may share an engine, and so may the
processes that a fork makes. It does not judge what a value means: `mcp_opa.contract` does.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self
from weakref import WeakSet, finalize

from requests import PreparedRequest
from requests.structures import CaseInsensitiveDict

from mcp_opa import watched
from mcp_opa.model import Answer, Cause, Question
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.server import _files, _reply
from mcp_opa.pdp.server._adapter import Adapter
from mcp_opa.pdp.server._failure import failed
from mcp_opa.pdp.server._files import Tls
from mcp_opa.pdp.server._place import Place, place

__all__ = ["Bounds", "OpaServer", "Tls"]

_LONGEST_SECONDS = 60.0
_BEFORE, _BEHIND = b'{"input":', b"}"
_HEADERS = {"User-Agent": "mcp-opa", "Accept": "application/json", "Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What questions may cost."""

    answer_bytes: int = 1024 * 1024
    """Of the body of one answer: to read more, of the worst kind, takes longer than a deadline."""
    document_bytes: int = 1024 * 1024
    """Of one input document."""
    connections: int = 32
    """How many are kept open between questions."""
    waiting: int = 64
    """How many questions may wait on OPA at once; more are refused at once."""

    def __post_init__(self) -> None:
        for name in self.__slots__:
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is {getattr(self, name)}; at least 1")


class OpaServer:
    """The policy engine in an OPA server."""

    def __init__(  # noqa: PLR0913 (each is a promise of its own)
        self,
        address: str,
        *,
        deadline_seconds: float = 1.0,
        token_file: Path | str | None = None,
        tls: Tls | None = None,
        bounds: Bounds | None = None,
        expected_revision: str | None = None,
        bundle: str | None = None,
    ) -> None:
        """`address` is `http://host:port`, `https://host:port` or `unix:/path`; `deadline_seconds` is for all of it.

        `token_file` holds a bearer token. `expected_revision` and `bundle` pin the policy that answers must come from.
        Raises `EngineError` if any of them can't be used; whether OPA answers shows with the first question.
        """
        where = place(address)
        if not 0 < deadline_seconds <= _LONGEST_SECONDS:
            raise EngineError(f"deadline_seconds is {deadline_seconds}; more than 0, at most {_LONGEST_SECONDS:g}")
        if tls is not None and not where.secure:
            raise EngineError("files for TLS are for an https address; leave them out, or write https://")
        self._bounds = bounds or Bounds()
        self._deadline = float(deadline_seconds)
        self._where = str(where)
        self._token = None if token_file is None else watched.token(EngineError, token_file)
        self._pin = _reply.Pin(expected_revision, bundle)
        self._urls = {question: _url(where, question) for question in Question}
        context = _files.context(tls or Tls()).value if where.secure else lambda: None
        bound = self._bounds
        self._use(Adapter(where, context, kept=bound.connections, at_once=bound.waiting, most=bound.answer_bytes))
        _servers.add(self)

    def ask(self, question: Question, document: bytes) -> Answer:
        """OPA's answer to one question."""
        if len(document) > self._bounds.document_bytes:
            detail = f"the input document has {len(document)} bytes, at most {self._bounds.document_bytes} are sent"
            return Answer(cause=Cause.UNSENDABLE, detail=detail)
        try:
            response = self._adapter.send(self._prepared(question, document), timeout=self._deadline)
            return _reply.answer(response.status_code, response.headers, response.content, self._pin)
        except Exception as error:  # noqa: BLE001 (the port's promise: nothing but an answer)
            return failed(error, self._where, self._deadline)

    def close(self) -> None:
        """Close the connections; whoever asks from now on is refused."""
        self._adapter.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def renew(self) -> None:
        """Leave every connection behind, as a forked child must: they are its parent's."""
        self._use(self._adapter.heir())

    def _use(self, adapter: Adapter) -> None:
        self._adapter = adapter
        finalize(self, adapter.close)

    def _prepared(self, question: Question, document: bytes) -> PreparedRequest:
        request = PreparedRequest()
        request.method = "POST"
        request.url = self._urls[question]
        request.body = _BEFORE + document + _BEHIND
        request.headers = CaseInsensitiveDict(_HEADERS)
        if self._token is not None:
            request.headers["Authorization"] = f"Bearer {self._token.value()}"
        return request


def _url(where: Place, question: Question) -> str:
    scheme = "https" if where.secure else "http"
    host = "localhost" if where.path else str(where)
    return f"{scheme}://{host}/v1/data/mcp/authz/{question.value}?strict-builtin-errors=true&provenance=true"


_servers: WeakSet[OpaServer] = WeakSet()


def _forked() -> None:
    for server in list(_servers):
        server.renew()


os.register_at_fork(after_in_child=_forked)
