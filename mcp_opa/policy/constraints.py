"""A grant's constraints, kind by kind, as Rego reads them.

Guarantees: what isn't stated is written out, so that nothing is missing; the lines that it comes from go along. Checks
nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from mcp_opa.model import Json
from mcp_opa.policy import patterns
from mcp_opa.policy.grants import KINDS, Grant
from mcp_opa.policy.node import Node
from mcp_opa.policy.problem import shortened
from mcp_opa.policy.words import segments

_SCHEMES = ("http", "https")


def source(line: int, text: str) -> Json:
    """SOURCE: a line of the document and what it says, on one line."""
    return {"line": line, "text": shortened(text)}


def compiled(grant: Grant, node: Node) -> Json:
    """The CONSTRAINTs of a grant; `node` is where they stand."""
    return [{"kind": kind, **_MAKERS[kind](grant), "sources": _sources(kind, node)} for kind in grant.kinds]


def _path(grant: Grant) -> Json:
    held = grant.held
    return {
        "arguments": _named(held.path_arguments),
        "roots": sorted(held.roots or ()),
        "allow": None if held.allowed_paths is None else patterns.paths(held.allowed_paths),
        "deny": patterns.paths(held.denied_paths or (), fold=True),
        "allow_extensions": None if held.allowed_extensions is None else _set(held.allowed_extensions),
        "deny_extensions": _set(map(patterns.fold, held.denied_extensions or ())),
    }


def _size(grant: Grant) -> Json:
    return {"arguments": _named(grant.held.content_arguments), "max_bytes": grant.held.max_file_size}


def _sql(grant: Grant) -> Json:
    held = grant.held
    return {
        "arguments": _named(held.sql_arguments),
        "dialect": held.sql_dialect or "any",
        "operations": _set(grant.operations),
        "functions": _set(name.lower() for name in held.allowed_functions or ()),
        "allow_tables": None if held.allowed_tables is None else _set(held.allowed_tables),
        "deny_tables": _set(name.casefold() for name in held.denied_tables or ()),
        "max_rows": held.max_rows,
        "limit_argument": None if held.limit_argument is None else segments(held.limit_argument),
    }


def _url(grant: Grant) -> Json:
    held = grant.held
    return {
        "arguments": _named(held.url_arguments),
        "schemes": _set(map(str.lower, _SCHEMES if held.allowed_schemes is None else held.allowed_schemes)),
        "allow_hosts": None if held.allowed_hosts is None else patterns.hosts(held.allowed_hosts),
    }


def _plain(grant: Grant) -> Json:
    return {"arguments": [segments(pointer) for pointer in grant.held.plain_arguments or ()]}


_MAKERS: dict[str, Callable[[Grant], Json]] = {"path": _path, "size": _size, "sql": _sql, "url": _url, "plain": _plain}


def _named(pointers: Iterable[str] | None) -> Json:
    return {"named": None if pointers is None else [segments(pointer) for pointer in pointers]}


def _set(words: Iterable[str]) -> Json:
    return dict.fromkeys(sorted(words), True)


def _sources(kind: str, node: Node) -> Json:
    """Where each constraint of a kind is stated. The content arguments belong to the size."""
    keys = (*KINDS[kind], "content_arguments") if kind == "size" else KINDS[kind]
    return {
        key: source(node.keys[key][0], f"{key}: {_said(node.fields[key].value)}") for key in keys if key in node.fields
    }


def _said(value: Json) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
