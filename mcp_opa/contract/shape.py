"""The input document's shape as types, from which `schema/input.schema.json` is made and Rego is type-checked.

One schema serves the four questions: what each of them requires beyond `id` is said in `mcp/lib/call`. It is used at
build time only.
"""

from __future__ import annotations

from typing import Any, NotRequired

from typing_extensions import TypedDict

from mcp_opa.model import Json


class _SubjectProperties(TypedDict):
    auth_method: str
    groups: list[str]


class _Subject(TypedDict):
    type: str
    id: str
    properties: _SubjectProperties


class _Action(TypedDict):
    name: str


class _ResourceProperties(TypedDict):
    server_id: str | None
    arguments: NotRequired[Any]


class _Resource(TypedDict):
    type: str
    id: str
    properties: _ResourceProperties


class _Table(TypedDict):
    name: str
    last: str


class _Sql(TypedDict):
    known: bool
    problem: NotRequired[str]
    operations: NotRequired[list[str]]
    tables: NotRequired[list[_Table]]
    functions: NotRequired[list[str]]
    rows: NotRequired[int | None]


_Url = TypedDict(
    "_Url",
    {
        "known": bool,
        "problem": NotRequired[str],
        "scheme": NotRequired[str],
        "host": NotRequired[str],
        "port": NotRequired[int],
        "default_port": NotRequired[bool],
        "class": NotRequired[str],
    },
)


class _Uri(TypedDict):
    canonical: bool
    scheme: str
    path: str


class _Elided(TypedDict):
    bytes: int
    sha256: str


class _Facts(TypedDict):
    schema: str
    sql: dict[str, dict[str, _Sql]]
    url: dict[str, _Url]
    sizes: dict[str, int]
    elided: dict[str, _Elided]
    uri: _Uri | None


class _Context(TypedDict):
    correlation_id: NotRequired[str]
    session_id: NotRequired[str]
    source_ip: NotRequired[str]
    time: int
    facts: NotRequired[_Facts]


class _Input(TypedDict):
    id: str
    subject: NotRequired[_Subject]
    action: NotRequired[_Action]
    resource: NotRequired[_Resource]
    resources: NotRequired[list[_Resource]]
    context: NotRequired[_Context]


def input_schema() -> Json:
    """JSON Schema of the input document; closed, so that `opa check --schema` catches a misspelt field."""
    from pydantic import ConfigDict, TypeAdapter  # noqa: PLC0415  build time only: keeps pydantic off the decision path

    closed = ConfigDict(extra="forbid")
    for kind in (
        _SubjectProperties,
        _Subject,
        _Action,
        _ResourceProperties,
        _Resource,
        _Table,
        _Sql,
        _Url,
        _Uri,
        _Elided,
        _Facts,
        _Context,
        _Input,
    ):
        kind.__pydantic_config__ = closed  # type: ignore[union-attr]
    return TypeAdapter(_Input).json_schema()
