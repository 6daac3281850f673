"""The gate as middleware of a server built on FastMCP.

    gate = Gate.from_policy("policy.yaml")
    server = FastMCP("files", middleware=[PolicyMiddleware(gate, actor="content-agent")])

Guarantees: every message is met, over whatever transport it comes and also where a tool calls another through its
server, and runs with the very arguments that were decided. It refuses to stand anywhere but before all other
middlewares, and in a server whose answers caches may share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastmcp import FastMCP
from fastmcp.exceptions import FastMCPError
from fastmcp.server.context import Context
from fastmcp.server.dependencies import get_access_token, get_http_request
from fastmcp.server.middleware import CallNext, Middleware, MiddlewareContext
from fastmcp.tools.base import ToolResult
from fastmcp.utilities.versions import VersionSpec
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolRequestParams, CallToolResult
from pydantic import BaseModel

from mcp_opa.gate import Gate
from mcp_opa.gate.actor import Actor
from mcp_opa.model import Json
from mcp_opa.pep import methods
from mcp_opa.pep.catalogue import UNKNOWN, Ask, Catalogue
from mcp_opa.pep.inside import Inside, Origin, wire
from mcp_opa.pep.message import Answer, Failure, Params, Request, Result
from mcp_opa.pep.relay import Lost

_ATTRIBUTES = {"name": "name", "uri": "uri", "uriTemplate": "uri_template"}
_PLACE = "place"
"""The key under which an entry of a list says where in the list it was."""


class PolicyMiddleware(Middleware):
    """Stands first in `FastMCP(middleware=[…])`."""

    def __init__(self, gate: Gate, *, actor: Actor = None, server_id: str | None = None) -> None:
        """The gate stays its owner's to close.

        Who calls is whom the token speaks for that the server verified. `actor` says it instead: a function for each
        message, or a `Subject` or an id for messages that don't come over HTTP. `server_id` is the server's name in the
        policy's entries `server/tool`.
        """
        self._inside = Inside(gate, actor, server_id, _Asked())

    async def __call__(self, context: MiddlewareContext[Any], call_next: CallNext[Any, Any]) -> Any:  # noqa: ANN401
        """What the server gives, or a refusal. Raises `MCPError`, or what the server raises."""
        method = context.method or ""
        within = context.fastmcp_context
        if within is None:
            raise RuntimeError("FastMCP names no server for this message; nothing is decided without")
        self._check_place(within.fastmcp)
        origin = _origin(within)
        if context.type == "notification":
            return await call_next(context) if self._inside.passes(method, _params(context), origin) else None
        rest = _Rest(context, call_next, Request(0, method, _params(context)))
        answer = await self._inside.answer(rest.client, origin, rest)
        if rest.raised is not None and (rest.answer is None or answer is rest.answer):
            raise rest.raised
        if isinstance(answer, Failure):
            raise MCPError(answer.error["code"], answer.error["message"], answer.error.get("data"))
        return rest.native(answer)

    def _check_place(self, server: FastMCP[Any]) -> None:
        if server.middleware[0] is not self:
            raise RuntimeError("PolicyMiddleware must be the first middleware: what stands before it goes round it")
        if any(hint.scope == "public" for hint in server._mcp_server.cache_hints.values()):  # noqa: SLF001
            raise RuntimeError('PolicyMiddleware needs cache_scope="private": each caller sees other lists')


class _Rest:
    """The rest of the server, for one message."""

    def __init__(self, context: MiddlewareContext[Any], call_next: CallNext[Any, Any], client: Request) -> None:
        self.client = client
        """The client's request, as it would be sent."""
        self.answer: Answer | None = None
        """The server's answer to it, as it would be sent."""
        self.raised: Exception | None = None
        """What the server raised in place of an answer, for FastMCP to answer as it likes."""
        self._context = context
        self._call_next = call_next
        self._given: Any = None

    async def request(self, request: Request) -> Answer:
        """The server's answer. Raises `Lost`, or what the server raises."""
        if request is self.client:
            self.answer = await self._asked(request)
            return self.answer
        if request.method == "tools/list":
            return Result(request.id, {"tools": await self._called()})
        raise Lost(f"The server can't be asked for {request.method} from inside.")

    def native(self, answer: Result) -> Any:  # noqa: ANN401 (whatever FastMCP wants for the method)
        """An answer in the shape that FastMCP wants it in."""
        route = methods.from_client(self.client.method)
        if isinstance(route, methods.Listed) and isinstance(self._given, Sequence):
            return [self._given[entry[_PLACE]] for entry in answer.result[route.entries]]
        if answer is self.answer:
            return self._given
        if isinstance(self._context.message, CallToolRequestParams):
            return ToolResult.from_mcp_result(CallToolResult.model_validate(answer.result))
        return answer.result

    async def _asked(self, request: Request) -> Answer:
        try:
            self._given = await self._call_next(self._context)
        except FastMCPError as error:  # the tool says that it failed
            self.raised = error
            return Result(request.id, {"isError": True, "content": [{"type": "text", "text": str(error)}]})
        except MCPError as error:
            self.raised = error
            return Failure(request.id, wire(error.error))
        except Exception as error:
            self.raised = error
            raise
        return Result(request.id, _shown(self._given, methods.from_client(request.method)))

    async def _called(self) -> list[Json]:
        """The tool that is called, in the version that runs, as an entry of a list.

        That is what FastMCP says in the message; what the client sent may say otherwise.
        """
        name = (self.client.params or {}).get("name")
        within = self._context.fastmcp_context
        if within is None or type(name) is not str:
            return []
        tool = await within.fastmcp.get_tool(name, version=_version(getattr(self._context.message, "meta", None)))
        if tool is None or (tool.version is None and _version(_sent(within))):  # a proxy's has versions behind it
            return []
        return [{"name": name, "inputSchema": tool.parameters}]


class _Asked(Catalogue):
    """Asks for a tool's schema at each call: a server in this process is asked for nothing, and may have versions."""

    def __init__(self) -> None:
        super().__init__()
        self._there: set[str] = set()

    def observe(self, tools: list[Json]) -> set[str]:  # noqa: ARG002 (a catalogue's)
        """Lists say nothing that a call does not ask for again."""
        return set()

    def lists(self, name: str) -> bool:
        """Whether the server had the tool when it was called last."""
        return name in self._there

    async def schema(self, name: str, ask: Ask) -> Json:
        """The schema of the tool that is called."""
        answer = await ask({})
        tools = answer.result["tools"] if isinstance(answer, Result) else []
        if not tools:
            self._there.discard(name)
            return UNKNOWN
        self._there.add(name)
        return tools[0]["inputSchema"]


def _origin(within: Context) -> Origin:
    try:
        request: object = get_http_request()
    except RuntimeError:
        request = within.transport if within.transport not in {None, "stdio"} else None
    return Origin(get_access_token(), request)


def _params(context: MiddlewareContext[Any]) -> Params:
    """The parameters of a message as they were sent, or would be; a version is FastMCP's to say, see `_Rest`."""
    message = context.message
    if isinstance(message, Mapping):
        return dict(message)
    params = wire(message)
    if isinstance(arguments := getattr(message, "arguments", None), dict):
        params["arguments"] = arguments  # the very object that is run
    if meta := {**_sent(context.fastmcp_context), **(params.get("_meta") or {})}:
        params["_meta"] = {key: value for key, value in meta.items() if key != "fastmcp"}
    return params


def _sent(within: Context | None) -> Mapping[str, Any]:
    """The `_meta` that the client sent: of this message, or of the one within which it is made."""
    sent = within.request_context.meta if within is not None and within.request_context is not None else None
    return sent or {}


def _version(meta: Mapping[str, Any] | None) -> VersionSpec | None:
    """The version of a component that is asked for."""
    named = (meta or {}).get("fastmcp")
    version = named.get("version") if isinstance(named, Mapping) else None
    if isinstance(version, Mapping):
        return VersionSpec(gte=version.get("gte"), lt=version.get("lt"), eq=version.get("eq"))
    return VersionSpec(eq=version) if isinstance(version, str) else None


def _shown(given: object, route: methods.Route | None) -> dict[str, Json]:
    """Of what the server gives, as much as the gate looks at."""
    if isinstance(given, ToolResult):
        content = [wire(block) for block in given.content] if given.is_error else list(given.content)
        return {"content": content, "isError": given.is_error}
    if isinstance(route, methods.Listed) and isinstance(given, Sequence):
        names = [getattr(component, _ATTRIBUTES[route.named]) for component in given]
        return {route.entries: [{route.named: str(name), _PLACE: place} for place, name in enumerate(names)]}
    return wire(given) if isinstance(given, BaseModel | dict) else {}
