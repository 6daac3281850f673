"""Who may do what, as rows for people: actors by tools, with the scopes in words.

Guarantees: every grant that the policy data holds is one row for each actor that has it, by itself or by a group;
nothing else is. Reads compiled data, so that it shows what is in force; decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mcp_opa.model import Json

_BY_NAME = "by the tool's name"


@dataclass(frozen=True, slots=True)
class Row:
    """One grant of one actor."""

    actor: str
    via: str
    """The group that the grant comes from; empty for the actor's own."""
    tool: str
    """The entry as the policy has it: `tool`, `server/tool` or a pattern."""
    access: str
    """`read`, `write`, or `by the tool's name`."""
    scope: str
    """The constraints as the policy writes them, or what it means that there are none."""
    line: int
    """Of the entry in the policy."""


def rows(data: Mapping[str, Json]) -> tuple[Row, ...]:
    """The rows of policy data (sealed or not), by actor, in each first its own grants, each by its line."""
    found: list[Row] = []
    for actor, record in sorted(data["actors"].items()):
        found += _rows(actor, "", record["grants"])
        for group in record["groups"]:
            found += _rows(actor, group, data["groups"][group]["grants"])
    return tuple(found)


def _rows(actor: str, via: str, names: Mapping[str, Json]) -> list[Row]:
    made = [_row(actor, via, entry, grant) for entry, grant in _entries(names)]
    return sorted(made, key=lambda row: (row.line, row.tool))


def _entries(names: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    yield from names["tools"].items()
    yield from names["values"].items()
    for server, tools in names["servers"].items():
        yield from ((f"{server}/{tool}", grant) for tool, grant in tools.items())


def _row(actor: str, via: str, entry: str, grant: Mapping[str, Json]) -> Row:
    access = _BY_NAME if grant["access"] == "name" else grant["access"]
    return Row(actor, via, entry, access, _scope(grant), grant["source"]["line"])


def _scope(grant: Mapping[str, Json]) -> str:
    texts = [source["text"] for part in grant["constraints"] for source in part["sources"].values()]
    if grant["timeout_seconds"]:
        texts.append(f"timeout_seconds: {grant['timeout_seconds']}")
    if texts:
        return "; ".join(texts)
    if grant["access"] == "read" or grant["scoped"]:
        return "anything"
    return "nothing to write: no scope" if grant["access"] == "write" else "anything to read, nothing to write"
