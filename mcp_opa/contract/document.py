"""From a call to the bytes of an input document (AuthZEN 1.0 shape).

Guarantees: the document holds the call whole, in a form that OPA and its Wasm target read alike, or `Unsendable` is
raised: nothing is dropped, shortened or converted. Long strings leave `arguments` for `facts.elided`; an empty object
stands in their place, which whoever reads it refuses. It computes no facts and takes the time as given.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import PydanticSerializationError, to_json

from mcp_opa.model import Json, Subject, ToolCall

MAX_STRING = 4096
"""Characters; a longer string in the arguments is elided."""
MAX_DOCUMENT = 1024 * 1024
"""Bytes of a whole input document."""
MAX_DEPTH = 32
MAX_NODES = 20_000
MAX_INTEGER = 2**63
_SERVER = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class Unsendable(ValueError):
    """The call can't be put to an engine; the message says which part and why."""


@dataclass(frozen=True, slots=True)
class Resource:
    """One entry of a list to filter.

    `type` is `tool`, `resource`, `resource_template` or `prompt`; `id` its name, URI or template.
    """

    type: str
    id: str


def input_document(call: ToolCall, facts: dict[str, Json], request_id: str, time: int) -> bytes:
    """The document for `decision`. `facts` as `mcp_opa.facts.compute` gives them; `time` in seconds since 1970, UTC."""
    elided: dict[str, Json] = {}
    arguments = _Arguments(elided).copy(call.arguments, "", 0)
    properties = {"server_id": _server(call.server_id), "arguments": arguments}
    context = {
        "correlation_id": _short(call.correlation_id, "correlation_id"),
        "session_id": _short(call.session_id, "session_id"),
        "source_ip": _short(call.source_ip, "source_ip"),
        "time": time,
        "facts": {**facts, "elided": elided},
    }
    return _encode(_question(call, request_id, properties, context))


def needs_document(call: ToolCall, request_id: str, time: int) -> bytes:
    """The document for `needs`: the call without its arguments."""
    return _encode(_question(call, request_id, {"server_id": _server(call.server_id)}, {"time": time}))


def visible_document(
    subject: Subject, method: str, server_id: str | None, resources: Sequence[Resource], request_id: str, time: int
) -> bytes:
    """The document for `visible`: a whole page of a list, in its order."""
    listed = [{"type": r.type, "id": r.id, "properties": {"server_id": _server(server_id)}} for r in resources]
    document = {
        "id": request_id,
        "subject": _subject(subject),
        "action": {"name": method},
        "resources": listed,
        "context": {"time": time},
    }
    return _encode(document)


def about_document(request_id: str) -> bytes:
    """The document for `about`."""
    return _encode({"id": request_id})


def _question(call: ToolCall, request_id: str, properties: Json, context: Json) -> dict[str, Json]:
    name = _short(call.name, "name", 2 * MAX_STRING)
    return {
        "id": request_id,
        "subject": _subject(call.subject),
        "action": {"name": _short(call.method, "method")},
        "resource": {"type": call.resource_type, "id": name, "properties": properties},
        "context": context,
    }


def _subject(subject: Subject) -> dict[str, Json]:
    groups = [_short(group, "group") for group in subject.groups]
    properties = {"auth_method": _short(subject.auth_method, "auth_method"), "groups": groups}
    return {"type": "agent", "id": _short(subject.id, "subject.id"), "properties": properties}


def _server(server_id: object) -> str | None:
    """A server as an entry of a policy can name it; whatever an entry can't name would go round those that name one."""
    if server_id is None or (type(server_id) is str and _SERVER.fullmatch(server_id)):
        return server_id
    raise Unsendable("server_id must be 1 to 128 of [A-Za-z0-9_.-], or None where the call names no server")


def _short(text: object, what: str, limit: int = MAX_STRING) -> str:
    if type(text) is not str or len(text) > limit:
        msg = f"{what} must be a string of at most {limit} characters"
        raise Unsendable(msg)
    return text


def _encode(document: dict[str, Json]) -> bytes:
    try:
        raw = to_json(document)
    except PydanticSerializationError as error:
        msg = "a string holds a lone surrogate, which is no character"
        raise Unsendable(msg) from error
    if len(raw) > MAX_DOCUMENT:
        msg = f"the input document has {len(raw)} bytes, at most {MAX_DOCUMENT} are sent"
        raise Unsendable(msg)
    return raw


class _Arguments:
    """One walk over the arguments: checks that they are plain JSON within bounds, and takes out long strings."""

    def __init__(self, elided: dict[str, Json]) -> None:
        self._elided = elided
        self._nodes = 0

    def copy(self, value: Json, pointer: str, depth: int) -> Json:
        self._nodes += 1
        kind = type(value)
        if kind is str:
            return value if len(value) <= MAX_STRING else self._elide(value, pointer)
        if kind is dict or kind is list:
            return self._children(value, pointer, depth + 1)
        if value is None or kind is bool or (kind is int and -MAX_INTEGER <= value < MAX_INTEGER):
            return value
        if kind is float and math.isfinite(value):
            return value
        msg = f"arguments{pointer}: {_described(value)} can't be sent"
        raise Unsendable(msg)

    def _children(self, value: Json, pointer: str, depth: int) -> Json:
        if depth > MAX_DEPTH or self._nodes + len(value) > MAX_NODES:
            msg = f"arguments{pointer}: more than {MAX_DEPTH} levels or {MAX_NODES} values"
            raise Unsendable(msg)
        if type(value) is list:
            return [self.copy(child, f"{pointer}/{index}", depth) for index, child in enumerate(value)]
        return {self._key(key): self.copy(child, f"{pointer}/{_escaped(key)}", depth) for key, child in value.items()}

    def _key(self, key: object) -> str:
        return _short(key, "a key of the arguments")

    def _elide(self, text: str, pointer: str) -> Json:
        try:
            raw = text.encode("utf-8")
        except UnicodeEncodeError as error:
            msg = f"arguments{pointer}: holds a lone surrogate, which is no character"
            raise Unsendable(msg) from error
        self._elided[pointer] = {"bytes": len(raw), "sha256": hashlib.sha256(raw).hexdigest()}
        return {}


def _escaped(key: object) -> str:
    return str(key).replace("~", "~0").replace("/", "~1")


def _described(value: object) -> str:
    return f"the number {str(value)[:40]}" if type(value) in (int, float) else f"a {type(value).__name__}"
