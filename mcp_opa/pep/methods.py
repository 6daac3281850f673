"""The methods of MCP, both eras' (2025-11-25 with sessions, 2026-07-28 without): what is done with each.

Guarantees: what is not in these tables does not pass. It holds no verdict: `Decided` says what to ask the policy about.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mcp_opa.contract import Resource
from mcp_opa.model import Json
from mcp_opa.pep.message import Params, Request

LONGEST_TRACE = 256
"""Characters of a trace context that the record takes."""
MOST_SUBSCRIPTIONS = 100
"""Resources, or tasks, that one stream may subscribe to."""
_VERSION = "io.modelcontextprotocol/protocolVersion"
_CAPABILITIES = "io.modelcontextprotocol/clientCapabilities"


class Unreadable(ValueError):
    """The parameters don't say what is asked for."""


@dataclass(frozen=True, slots=True)
class Passed:
    """The policy has no word on it."""


@dataclass(frozen=True, slots=True)
class Decided:
    """Put to the policy; `read` finds the name and the arguments, and raises `Unreadable`."""

    read: Callable[[Params], tuple[str, Json]]


@dataclass(frozen=True, slots=True)
class Listed:
    """Answered with those entries alone that the caller may see: their key, that of their names, and their type."""

    entries: str
    named: str
    type: str


@dataclass(frozen=True, slots=True)
class Listening:
    """Opens a stream, which may subscribe to resources: each is decided as `resources/subscribe`."""


@dataclass(frozen=True, slots=True)
class OfTask:
    """Speaks of one task, and passes for the caller who made it."""


@dataclass(frozen=True, slots=True)
class Tasks:
    """Answered with the tasks alone that the caller made."""


Route = Passed | Decided | Listed | Listening | OfTask | Tasks


def _named(params: Params) -> tuple[str, Json]:
    _check_version(params)
    return _text(params, "name"), params.get("arguments", {})


def _located(params: Params) -> tuple[str, Json]:
    _check_version(params)
    return _text(params, "uri"), {}


def _completed(params: Params) -> tuple[str, Json]:
    ref = params.get("ref")
    if type(ref) is not dict:
        raise Unreadable("ref must be an object")
    prompt, template = ref.get("type") == "ref/prompt", ref.get("type") == "ref/resource"
    name = _text(ref, "name") if prompt else _text(ref, "uri")
    if not (prompt or template) or template is not (":" in name):
        raise Unreadable("ref must name a prompt (without a colon) or the URI of a resource")
    return name, params.get("argument")


def _text(params: Params, key: str) -> str:
    value = params.get(key)
    if type(value) is not str:
        raise Unreadable(f"{key} must be a string")
    return value


def _check_version(params: Params) -> None:
    """Raises `Unreadable` for a version: FastMCP's servers list one, by which calls are judged, but run any named."""
    named = params.get("_meta")
    named = named.get("fastmcp") if type(named) is dict else None
    if type(named) is dict and "version" in named:
        raise Unreadable("_meta must not name a version (fastmcp.version), as only the listed one can be judged")


def check_spelling(params: Params) -> None:
    """Raises `Unreadable` for a key that differs by case alone from one that is read: some servers take it for that."""
    for held in (params, params.get("ref"), params.get("notifications")):
        for key in held if type(held) is dict else ():
            if key not in _READ.values() and (meant := _READ.get(key.upper().casefold())):
                raise Unreadable(f"a key must be spelled {meant}")


def listened(params: Params) -> tuple[list[str], list[Json]]:
    """The URIs and the tasks that a stream subscribes to. Raises `Unreadable`."""
    wanted = params.get("notifications", {})
    if type(wanted) is not dict:
        raise Unreadable("notifications must be an object")
    uris, tasks = wanted.get("resourceSubscriptions", []), wanted.get("taskIds", [])
    if type(uris) is not list or type(tasks) is not list or not all(type(uri) is str for uri in uris):
        raise Unreadable("resourceSubscriptions and taskIds must be arrays of strings")
    if len(uris) + len(tasks) > MOST_SUBSCRIPTIONS:
        raise Unreadable(f"a stream may subscribe to {MOST_SUBSCRIPTIONS} resources and tasks")
    return uris, tasks


CLIENT_REQUESTS: dict[str, Route] = {
    "tools/call": Decided(_named),
    "prompts/get": Decided(_named),
    "resources/read": Decided(_located),
    "resources/subscribe": Decided(_located),
    "resources/unsubscribe": Decided(_located),
    "completion/complete": Decided(_completed),
    "tools/list": Listed("tools", "name", "tool"),
    "prompts/list": Listed("prompts", "name", "prompt"),
    "resources/list": Listed("resources", "uri", "resource"),
    "resources/templates/list": Listed("resourceTemplates", "uriTemplate", "resource_template"),
    "subscriptions/listen": Listening(),
    "tasks/list": Tasks(),
    **dict.fromkeys(("tasks/get", "tasks/result", "tasks/update", "tasks/cancel"), OfTask()),
    **dict.fromkeys(("initialize", "ping", "server/discover", "logging/setLevel"), Passed()),
}
_WORDS = ("_meta", "name", "arguments", "uri", "ref", "type", "argument", "taskId", "notifications")
_READ = {key.casefold(): key for key in (*_WORDS, "resourceSubscriptions", "taskIds")}
"""The keys that are read here, by how they read without regard to case."""
_REMOVED = frozenset(("resources/subscribe", "resources/unsubscribe", "tasks/list", "tasks/result"))
"""In the era without sessions a stream subscribes, see `Listening`, and `tasks/get` gives a task's result."""
CLIENT_NOTIFICATIONS = frozenset(
    f"notifications/{name}" for name in ("cancelled", "initialized", "progress", "roots/list_changed", "tasks/status")
)
_OF_A_CLIENT = ("get", "result", "list", "cancel")
SERVER_REQUESTS = frozenset(
    ("ping", "roots/list", "sampling/createMessage", "elicitation/create", *(f"tasks/{name}" for name in _OF_A_CLIENT))
)
"""What a server may ask of the client. Of notifications every one passes: a client takes no orders from them."""


def from_client(method: str, *, sessions: bool = True) -> Route | None:
    """What is done with a client's request, in the era with or without sessions; None: it does not pass."""
    return CLIENT_REQUESTS.get(method) if sessions or method not in _REMOVED else None


def catalogued(method: str, name: str) -> tuple[str, Resource]:
    """The list in which a caller would see what a decided method names, and the entry there."""
    if method == "tools/call":
        return "tools/list", Resource("tool", name)
    if method == "prompts/get" or (method == "completion/complete" and ":" not in name):
        return "prompts/list", Resource("prompt", name)
    if method == "completion/complete":
        return "resources/templates/list", Resource("resource_template", name)
    return "resources/list", Resource("resource", name)


def meta(request: Request) -> dict[str, Json]:
    """The `_meta` of a request: what the caller says of itself, which proves nothing."""
    found = (request.params or {}).get("_meta")
    return found if type(found) is dict else {}


def stateless(request: Request) -> bool:
    """Whether a request is of the era without sessions, in which each request states its version."""
    return type(meta(request).get(_VERSION)) is str


def declares(request: Request, extension: str) -> bool:
    """Whether a request of that era says that the client knows an extension."""
    can = meta(request).get(_CAPABILITIES)
    known = can.get("extensions") if type(can) is dict else None
    return type(known) is dict and extension in known


def era(request: Request) -> dict[str, Json]:
    """What of a request's `_meta` another request of the same era must state too."""
    keys = (_VERSION, _CAPABILITIES, "io.modelcontextprotocol/clientInfo")
    return {key: value for key, value in meta(request).items() if key in keys} if stateless(request) else {}
