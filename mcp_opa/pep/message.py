"""One JSON-RPC message of MCP, read strictly and written again.

Guarantees: `parse` gives exactly one message, whose bytes no two parsers read differently, or raises `Odd` with the
error to answer. What `encode` writes is one line, however a reader splits lines, and holds the values that were parsed.
It knows no method: what may pass is said elsewhere.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from pydantic_core import to_json

from mcp_opa import contract
from mcp_opa.model import Json

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

Id = str | int
Params = dict[str, Json]


@dataclass(frozen=True, slots=True)
class Bounds:
    """How large a message may be."""

    max_bytes: int
    max_depth: int
    max_containers: int
    """Objects and arrays: empty ones are a few bytes each, and take seconds to read in which nobody is served."""


FROM_CLIENT = Bounds(8 * 1024 * 1024, 64, 100_000)
FROM_SERVER = Bounds(32 * 1024 * 1024, 128, 32 * 1024 * 1024)
_SEPARATORS = {end.encode(): f"\\u{ord(end):04x}".encode() for end in ("\x85", "\u2028", "\u2029")}
"""The ends of a line that JSON leaves as they are, and how it may write them too."""
_TEXT = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Request:
    """Asks for an answer under its id. Values inside are frozen by convention, here and below."""

    id: Id
    method: str
    params: Params | None = None


@dataclass(frozen=True, slots=True)
class Notification:
    """Asks for nothing."""

    method: str
    params: Params | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """The answer to the request of this id."""

    id: Id
    result: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Failure:
    """The answer to a request that failed; without an id, to something that could not be read."""

    id: Id | None
    error: dict[str, Json]


Answer = Result | Failure
Message = Request | Notification | Answer


class Odd(ValueError):
    """The bytes are no message that may pass: a JSON-RPC error code, what is wrong, and the id, if there is one."""

    def __init__(self, code: int, text: str, id: Id | None = None) -> None:  # noqa: A002 (its name in JSON-RPC)
        super().__init__(text)
        self.code = code
        self.id = id


def parse(raw: bytes, bounds: Bounds = FROM_CLIENT) -> Message:
    """The message that `raw` holds. Raises `Odd`, and nothing else."""
    most = bounds.max_containers
    if len(raw) <= bounds.max_bytes and _containers(raw) > most and _containers(_TEXT.sub(b"", raw)) > most:
        raise Odd(PARSE_ERROR, f"a message has more than {most} objects and arrays")
    try:
        value = contract.parse(raw, max_bytes=bounds.max_bytes, max_depth=bounds.max_depth)
    except contract.Malformed as error:
        given = _loosely(raw) if len(raw) <= bounds.max_bytes else None
        raise Odd(PARSE_ERROR if given is None else INVALID_REQUEST, str(error), _id_in(given)) from error
    if type(value) is not dict:
        raise Odd(INVALID_REQUEST, "a message is one JSON object; batches are not part of MCP")
    return _message(value)


def encode(message: Message) -> bytes:
    """The message as one line, without its end."""
    line = to_json(_envelope(message))
    for separator, escaped in _SEPARATORS.items():
        line = line.replace(separator, escaped)
    return line


def failure(id: Id | None, code: int, text: str, data: Json = None) -> Failure:  # noqa: A002
    """The answer that says what went wrong."""
    error = {"code": code, "message": text}
    return Failure(id, error if data is None else {**error, "data": data})


def _envelope(message: Message) -> dict[str, Json]:
    envelope: dict[str, Json] = {"jsonrpc": "2.0"}
    match message:
        case Result(id, result):
            return {**envelope, "id": id, "result": result}
        case Failure(id, error):
            return {**envelope, "id": id, "error": error}
        case Request(id):
            envelope["id"] = id
    envelope["method"] = message.method
    return envelope if message.params is None else {**envelope, "params": message.params}


def _message(value: dict[str, Json]) -> Message:
    id_ = _id_in(value)
    if value.get("jsonrpc") != "2.0":
        raise Odd(INVALID_REQUEST, 'jsonrpc must be "2.0"', id_)
    if "method" in value:
        return _asking(value, id_)
    keys = value.keys() - {"jsonrpc", "id"}
    if keys == {"result"} and id_ is not None and type(value["result"]) is dict:
        return Result(id_, value["result"])
    if keys == {"error"} and (id_ is not None or value.get("id") is None) and _is_error(value["error"]):
        return Failure(id_, value["error"])
    raise Odd(INVALID_REQUEST, "neither a request, a notification, a result that is an object nor an error", id_)


def _asking(value: dict[str, Json], id_: Id | None) -> Request | Notification:
    if unknown := value.keys() - {"jsonrpc", "id", "method", "params"}:
        raise Odd(
            INVALID_REQUEST,
            f"a request has jsonrpc, id, method and params; unknown: {', '.join(map(repr, sorted(unknown)))[:100]}",
            id_,
        )
    method, params = value["method"], value.get("params")
    if type(method) is not str:
        raise Odd(INVALID_REQUEST, "method must be a string", id_)
    if "params" in value and type(params) is not dict:
        raise Odd(INVALID_REQUEST, "params must be an object", id_)
    if "id" not in value:
        return Notification(method, params)
    if id_ is None:
        raise Odd(INVALID_REQUEST, "id must be a string or an integer", None)
    return Request(id_, method, params)


def _containers(raw: bytes) -> int:
    return raw.count(b"[") + raw.count(b"{")


def _is_error(error: Json) -> bool:
    return type(error) is dict and type(error.get("code")) is int and type(error.get("message")) is str


def _id_in(value: Json) -> Id | None:
    """The id of what may be a message; None if there is none to answer to."""
    id_ = value.get("id") if type(value) is dict else None
    return id_ if type(id_) in {str, int} else None


def _loosely(raw: bytes) -> dict[str, Json] | None:
    """The object that bytes hold which are not JSON as we accept it, as far as an answer can name its id."""
    try:
        pairs = json.loads(raw.decode(), object_pairs_hook=list)
        ids = [pair for pair in pairs if pair[0] == "id"] if raw.lstrip().startswith(b"{") else []
        json.dumps(ids, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return dict(ids) if len(ids) == 1 else {}
