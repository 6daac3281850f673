"""The headers of a request: which are read, which pass on, and whether they say what the body says.

Guarantees: a header that is read stands once. Headers that mirror the body are compared with it, and what goes to the
server is written from the body again. Credentials and cookies never pass.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping

from mcp_opa.auth import CREDENTIAL_HEADERS
from mcp_opa.model import Json
from mcp_opa.pep import methods
from mcp_opa.pep.message import Notification, Request

HEADER_MISMATCH = -32020
LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
"""What a host may be called by whoever is on the same machine."""
_PASSED = ("accept", "mcp-protocol-version", "traceparent", "tracestate", "baggage")
"""What of a client's headers goes to the server as it is."""
_RETURNED = ("allow", "retry-after")
"""What of the server's headers goes to the client as it is."""
SESSION = "mcp-session-id"
_VERSION = "io.modelcontextprotocol/protocolVersion"
_ONCE = re.compile(
    "|".join((*CREDENTIAL_HEADERS, r"host|origin|content-(type|length|encoding)|last-event-id|mcp-.*|traceparent"))
)
_NAMED = {
    **dict.fromkeys(("tools/call", "prompts/get"), "name"),
    **dict.fromkeys(("resources/read", "resources/subscribe", "resources/unsubscribe"), "uri"),
    **dict.fromkeys(("tasks/get", "tasks/update", "tasks/cancel"), "taskId"),
}
_PARAM = "mcp-param-"
_ANNOTATION = "x-mcp-header"
_TYPES = ("string", "integer", "boolean")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_PLAIN = re.compile(r"[\x20-\x7e]*")
_WRAPPED = re.compile(r"=\?base64\?(.*)\?=")


class Unlike(ValueError):
    """A header doesn't say what the body says, stands twice, or can't be passed on."""


def given(raw: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    """The headers by name, in lower case. Raises `Unlike` for one that is read and stands twice, or isn't ASCII."""
    found: dict[str, str] = {}
    for name, value in ((name.decode("latin-1").lower(), value.decode("latin-1").strip(" \t")) for name, value in raw):
        if name in found and _ONCE.fullmatch(name):
            raise Unlike(f"the header {name} stands twice")
        if not value.isascii() and (name in _PASSED or _ONCE.fullmatch(name)):
            raise Unlike(f"the header {name} is not ASCII")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


def compare(said: Request | Notification, headers: Mapping[str, str]) -> None:
    """Raises `Unlike` if headers name another version, method or name than the body, or none where they must."""
    stateless = isinstance(said, Request) and methods.stateless(said)
    if stateless and headers.get("mcp-protocol-version") != (said.params or {})["_meta"][_VERSION]:
        raise Unlike("the header MCP-Protocol-Version is not the version in the body's _meta")
    method = headers.get("mcp-method")
    if method != said.method and (stateless or method is not None):
        raise Unlike("the header Mcp-Method is not the body's method")
    name, shown = _name(said), headers.get("mcp-name")
    if name is not None and (stateless or shown is not None) and decoded(shown) != name:
        raise Unlike("the header Mcp-Name is not the name in the body")


def passed(given: Mapping[str, str], session: str | None) -> dict[str, str]:
    """What goes to the server of a client's headers, and the session that it is of."""
    found = {name: given[name] for name in _PASSED if name in given}
    return found if session is None else {**found, SESSION: session}


def returned(received: Mapping[str, str]) -> dict[str, str]:
    """What goes to the client of the server's headers."""
    return {name: received[name] for name in _RETURNED if received.get(name, "ä").isascii()}


def mirrored(said: Request, headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that mirror the body, written anew: all of them where the era wants them, else those that came."""
    name, stateless = _name(said), methods.stateless(said)
    mirror = {"mcp-method": said.method} | ({} if name is None else {"mcp-name": encoded(name)})
    return {header: value for header, value in mirror.items() if stateless or header in headers}


def parameters(said: Request, schema: Json, headers: Mapping[str, str]) -> dict[str, str]:
    """The `Mcp-Param-…` headers of a call, written anew from its arguments. Raises `Unlike` if those that came differ.

    `schema` is the tool's, as JSON text; of an unknown one nothing passes.
    """
    written: dict[str, str] = {}
    stateless, arguments = methods.stateless(said), (said.params or {}).get("arguments")
    for header, path, kind in _annotated(schema) if type(schema) is str and _ANNOTATION in schema else ():
        value, shown = _rendered(_at(arguments, path)), headers.get(header)
        if shown is None and (value is None or not stateless):
            continue
        if shown is None or value is None or not _same(decoded(shown), value, kind):
            raise Unlike(f"the header {header} is not the argument {'.'.join(path)} in the body")
        written[header] = encoded(value)
    return written


def name_of(host: str) -> str:
    """A host without its port."""
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdecimal() else host


def encoded(value: str) -> str:
    """A text as the value of a header: as it is, or wrapped where it would not arrive so."""
    if _PLAIN.fullmatch(value) and value == value.strip() and not _WRAPPED.fullmatch(value):
        return value
    return f"=?base64?{base64.b64encode(value.encode()).decode()}?="


def decoded(value: str | None) -> str | None:
    """The text in a header; None if there is none, or it is wrapped wrongly."""
    if value is None or not (wrapped := _WRAPPED.fullmatch(value)):
        return value
    try:
        text = base64.b64decode(wrapped[1], validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    return text if base64.b64encode(text.encode()).decode() == wrapped[1] else None


def _name(said: Request | Notification) -> str | None:
    value = (said.params or {}).get(_NAMED.get(said.method, ""))
    return value if type(value) is str else None


def _annotated(text: str) -> list[tuple[str, tuple[str, ...], str]]:
    """Each annotated property of a schema: its header, its path, its type; none where one of them is not in order."""
    schema = json.loads(text)
    found = list(_properties(schema, ()))
    headers = [header for header, _, _ in found]
    usable = all(_TOKEN.fullmatch(header) and kind in _TYPES for header, _, kind in found)
    whole = usable and len(set(headers)) == len(headers) == _count(schema)
    return [(_PARAM + header, path, kind) for header, path, kind in found] if whole else []


def _properties(schema: Json, path: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    properties = schema.get("properties") if type(schema) is dict else None
    for name, inner in properties.items() if type(properties) is dict else ():
        here = (*path, name)
        if type(inner) is dict and _ANNOTATION in inner:
            yield str(inner[_ANNOTATION]).lower(), here, str(inner.get("type"))
        yield from _properties(inner, here)


def _count(value: Json) -> int:
    """How often a value has the annotation, at whatever place."""
    if type(value) is list:
        return sum(map(_count, value))
    return (_ANNOTATION in value) + sum(map(_count, value.values())) if type(value) is dict else 0


def _at(value: Json, path: tuple[str, ...]) -> Json:
    for name in path:
        value = value.get(name) if type(value) is dict else None
    return value


def _rendered(value: Json) -> str | None:
    if type(value) is bool:
        return "true" if value else "false"
    return str(value) if type(value) in (str, int, float) else None


def _same(shown: str | None, value: str, kind: str) -> bool:
    """Whether a header has the argument's value; of an integer `42.0` is `42`."""
    if shown is None:
        return False
    whole = re.compile(r"(-?[0-9]{1,300})(\.0+)?")
    numbers = whole.fullmatch(shown), whole.fullmatch(value)
    if kind == "integer" and numbers[0] and numbers[1]:
        return int(numbers[0][1]) == int(numbers[1][1])
    return shown == value
