"""The gate as middleware of a server built on the official Python SDK.

    gate = Gate.from_policy("policy.yaml")
    server = MCPServer("files", middleware=[PolicyMiddleware(gate, actor="content-agent")])

Guarantees: every request is met before its parameters are validated, over whatever transport it comes, and runs with
the very parameters that were decided. What stands before it in the list of middlewares, it doesn't see.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_PARAMS, ErrorData
from pydantic import ValidationError

from mcp_opa.gate import Gate
from mcp_opa.gate.actor import Actor
from mcp_opa.pep.inside import Inside, Origin, wire
from mcp_opa.pep.message import Answer, Failure, Request, Result, failure

Context = ServerRequestContext[Any, Any]


class PolicyMiddleware:
    """Stands first in `MCPServer(middleware=[…])`, or in the list `middleware` of a low-level server."""

    def __init__(self, gate: Gate, *, actor: Actor = None, server_id: str | None = None) -> None:
        """The gate stays its owner's to close.

        Who calls is whom the token speaks for that the server verified. `actor` says it instead: a function for each
        message, or a `Subject` or an id for messages that don't come over HTTP. `server_id` is the server's name in the
        policy's entries `server/tool`.
        """
        self._inside = Inside(gate, actor, server_id)

    async def __call__(self, ctx: Context, call_next: CallNext) -> HandlerResult:
        """The answer of the gate, or of the server behind it. Raises `MCPError`, or what the server raises."""
        origin = Origin(get_access_token(), ctx.request)
        params = None if ctx.params is None else dict(ctx.params)
        if ctx.request_id is None:
            return await call_next(ctx) if self._inside.passes(ctx.method, params, origin) else None
        rest = _Rest(ctx, call_next)
        request = Request(ctx.request_id, ctx.method, params)
        answer = await self._inside.answer(request, origin, rest)
        if isinstance(answer, Result):
            return answer.result
        if rest.crash is not None:
            raise rest.crash
        raise MCPError(answer.error["code"], answer.error["message"], answer.error.get("data"))


class _Rest:
    """The rest of the server, for one request."""

    def __init__(self, ctx: Context, call_next: CallNext) -> None:
        self._ctx = ctx
        self._call_next = call_next
        self.crash: Exception | None = None
        """What the server raised at the client's own request, for the SDK to log and to answer as it likes."""

    async def request(self, request: Request) -> Answer:
        """The server's answer. Raises what the server raises."""
        ctx = replace(self._ctx, method=request.method, params=request.params)
        try:
            result = await self._call_next(ctx)
        except MCPError as error:
            return Failure(request.id, wire(error.error))
        except ValidationError:
            return failure(request.id, INVALID_PARAMS, "Invalid request parameters", "")
        except Exception as error:
            self.crash = error if request.id == self._ctx.request_id else self.crash
            raise
        if isinstance(result, ErrorData):
            return Failure(request.id, wire(result))
        return Result(request.id, wire(result))
