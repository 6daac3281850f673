"""What Rego can't parse, worked out beside it: JSON Schema, SQL, URLs, sizes.

Guarantees: `compute` gives exactly the facts that the policy's needs name, in the contract's shape, for any call; it is
bounded in work and raises nothing. What can't be established is said to be unknown, or left out: both refuse wherever a
grant needs it. It decides nothing, and does no IO.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from mcp_opa.facts import pointers, schema, sizes, url
from mcp_opa.model import Json, Needs, ToolCall

__all__ = ["compute"]

MAX_SQL = 32
"""Texts that are read as SQL in one call, and below, as URLs."""
MAX_URLS = 1_000

_TOO_MANY = {"known": False, "problem": "one of more texts than are read in one call"}


def compute(call: ToolCall, needs: Needs) -> dict[str, Json]:
    """`context.facts` of the contract without `elided`: the keys `schema`, `sql`, `url`, `sizes` and `uri`."""
    arguments = call.arguments
    schemas = needs.schemas if call.schema is None else (*needs.schemas, call.schema)
    return {
        "schema": schema.verdict(schemas, arguments) if schemas else "none",
        "sql": _sql(arguments, needs) if needs.sql else {},
        "url": _read(url.read, _texts(arguments, needs.url), MAX_URLS) if needs.url else {},
        "sizes": _sizes(arguments, needs) if needs.content else {},
        "uri": _uri(call) if call.resource_type == "resource" else None,
    }


def _sql(arguments: Json, needs: Needs) -> dict[str, Json]:
    from mcp_opa.facts import sql  # noqa: PLC0415  its parser takes long to import, and few calls hold SQL

    wanted: dict[str, dict[str, str]] = {}
    for dialect, segments in needs.sql:
        wanted.setdefault(dialect, {}).update(_texts(arguments, segments))
    most = MAX_SQL // max(len(wanted), 1)
    return {dialect: _read(partial(sql.read, dialect=dialect), texts, most) for dialect, texts in wanted.items()}


def _sizes(arguments: Json, needs: Needs) -> dict[str, Json]:
    found = {at: sizes.read(text) for at, text in _texts(arguments, needs.content).items()}
    return {at: size for at, size in found.items() if size is not None}


def _uri(call: ToolCall) -> dict[str, Json]:
    found = _known(url.uri, call.name)
    return found if "canonical" in found else {"canonical": False, "scheme": "", "path": ""}


def _texts(arguments: Json, wanted: Iterable[tuple[str, ...]]) -> dict[str, str]:
    """The strings that pointers reach, by pointer."""
    found = (pair for segments in wanted for pair in pointers.find(arguments, segments))
    return {at: value for at, value in found if isinstance(value, str)}


def _read(read: Callable[[str], dict[str, Json]], texts: dict[str, str], most: int) -> dict[str, Json]:
    return {at: _known(read, text) if number < most else _TOO_MANY for number, (at, text) in enumerate(texts.items())}


def _known(read: Callable[[str], dict[str, Json]], text: str) -> dict[str, Json]:
    """What `read` says of a text; a fault of ours is a problem like any other, and named."""
    try:
        return read(text)
    except Exception as fault:  # noqa: BLE001  no fault may escape, or be taken for a fact
        return {"known": False, "problem": f"internal: {type(fault).__name__}"}
