"""What a client is answered whose request does not pass, in the shape that its method and era want.

Guarantees: an answer says what the client may know and no more: what it can't see is answered as what isn't there.
"""

from __future__ import annotations

from mcp_opa.model import Json
from mcp_opa.pep import methods
from mcp_opa.pep.message import (
    INTERNAL_ERROR,
    INVALID_PARAMS,
    METHOD_NOT_FOUND,
    Answer,
    Failure,
    Request,
    Result,
    failure,
)

REFUSED = 403
"""Beside the codes that JSON-RPC and MCP keep for themselves."""
_NOT_FOUND = -32002
"""Of a resource, in the era with sessions."""
MISSING_CAPABILITY = -32021
_TASKS = "io.modelcontextprotocol/tasks"
_WANTED: Json = {"requiredCapabilities": {"extensions": {_TASKS: {}}}}


def refused(request: Request, text: str) -> Answer:
    """A tool's refusal is a result that the model may read; another's an error."""
    if request.method != "tools/call":
        return failure(request.id, REFUSED, text)
    result: dict[str, Json] = {"content": [{"type": "text", "text": text}], "isError": True}
    return Result(request.id, {"resultType": "complete", **result} if methods.stateless(request) else result)


def unknown(request: Request, name: str) -> Failure:
    """What a server answers that has no such tool, prompt or resource."""
    if request.method == "tools/call":
        return failure(request.id, INVALID_PARAMS, f"Unknown tool: {name}")
    if methods.catalogued(request.method, name)[1].type == "prompt":
        return failure(request.id, INVALID_PARAMS, f"Unknown prompt: {name}")
    code = INVALID_PARAMS if methods.stateless(request) else _NOT_FOUND
    return failure(request.id, code, "Resource not found", {"uri": name})


def unreadable(request: Request, why: str) -> Failure:
    """The parameters don't say what is asked for."""
    return failure(request.id, INVALID_PARAMS, f"Invalid params: {why}")


def no_method(request: Request) -> Failure:
    """Nobody here knows the method."""
    return failure(request.id, METHOD_NOT_FOUND, "Method not found")


def no_task(request: Request) -> Failure:
    """There is no such task, it is another's, or the client, in the era without sessions, says of no tasks."""
    if methods.stateless(request) and not methods.declares(request, _TASKS):
        return failure(request.id, MISSING_CAPABILITY, f"The client must declare {_TASKS}", _WANTED)
    return failure(request.id, INVALID_PARAMS, "Task not found")


def broken(request: Request, why: str) -> Failure:
    """The server is lost, or what it says can't be used."""
    return failure(request.id, INTERNAL_ERROR, why)
