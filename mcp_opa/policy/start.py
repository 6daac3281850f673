"""Policies to start from: the kit's three shapes, and a least-privilege proposal from a server's own list of tools.

Guarantees: every text converts without an error. A proposal grants nothing but reading, each constraint on arguments
that the tool's schema really has; what writes stands there as a comment, to be decided. It takes nothing on trust from
a server but the spelling of its names: a tool that only its annotations call harmless is not granted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from mcp_opa.model import Json
from mcp_opa.policy.vocabulary import ARGUMENTS, access, words

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_SCOPES = {
    "path": ('allowed_paths: ["change/me/**"]',),
    "sql": ("allowed_operations: [SELECT]", "max_rows: 1000"),
    "url": ("allowed_hosts: [change-me.example.com]",),
}
_PATH_WORDS = frozenset(("path", "paths", "file", "files", "filename", "folder", "directory", "dir"))
_HEAD = """\
# What an agent may do with these tools, made from the server's own list. Nothing is granted but reading.
# 1. Put your agent's name, paths and hosts in place of each change-me.
# 2. Decide on the tools at the end, which write or may write.
# 3. mcp-opa check, then mcp-opa test.
version: 1
default_action: DENY

actors:
  - id: change-me
"""
_UNDECIDED = """
# To grant one of these, put its name under allowed_tools, and its lines under constraints with a scope that fits.
"""
_SAID_TO_READ = "  # its server says that it only reads; if you know so, add `access: read`"


def tools_of(document: Json) -> list[Json]:
    """The tools in what tools/list answers, with or without its wrapping, or in a bare array. Raises `ValueError`."""
    if isinstance(document, dict) and isinstance(document.get("result"), dict):
        document = document["result"]
    tools = document.get("tools") if isinstance(document, dict) else document
    if not isinstance(tools, list) or not all(isinstance(tool, dict) for tool in tools):
        raise ValueError(
            'no list of tools: give the result of tools/list, {"tools": [{"name": …, "inputSchema": …}, …]}'
        )
    if odd := [str(tool.get("name"))[:40] for tool in tools if not _named(tool)]:
        raise ValueError(f"tool names are 1 to 128 of [A-Za-z0-9_.-]; these can't be granted: {', '.join(odd)}")
    if not tools:
        raise ValueError("the list holds no tool")
    return tools


def from_tools(tools: Iterable[Mapping[str, Json]]) -> str:
    """The text of a policy for `tools`, as `tools_of` gives them."""
    listed = [tool for _, tool in sorted({str(tool["name"]): tool for tool in tools}.items())]
    reading = [tool for tool in listed if _reads(tool)]
    granted = "".join(f"      - {_quoted(str(tool['name']))}\n" for tool in reading)
    constrained = "".join(_constraint(tool, _read_lines(tool), "      ") for tool in reading if _read_lines(tool))
    text = _HEAD + (f"    allowed_tools:\n{granted}" if granted else "    allowed_tools: []\n")
    text += f"    constraints:\n{constrained}" if constrained else ""
    asked = "".join(_constraint(tool, _write_lines(tool), "#   ") for tool in listed if tool not in reading)
    return text + (_UNDECIDED + asked if asked else "")


def _named(tool: Mapping[str, Json]) -> bool:
    return isinstance(tool.get("name"), str) and _NAME.fullmatch(tool["name"]) is not None


def _reads(tool: Mapping[str, Json]) -> bool:
    """By its name; annotations are a server's claims, and can only speak against it."""
    hints = _hints(tool)
    claims_to_write = hints.get("readOnlyHint") is False or hints.get("destructiveHint") is True
    return access(str(tool["name"])) == "read" and not claims_to_write


def _hints(tool: Mapping[str, Json]) -> Mapping[str, Json]:
    annotations = tool.get("annotations")
    return annotations if isinstance(annotations, dict) else {}


def _constraint(tool: Mapping[str, Json], lines: list[str], margin: str) -> str:
    said = _SAID_TO_READ if margin.startswith("#") and _hints(tool).get("readOnlyHint") is True else ""
    return f"{margin}{_quoted(str(tool['name']))}:{said}\n" + "".join(f"{margin}  {line}\n" for line in lines)


def _read_lines(tool: Mapping[str, Json]) -> list[str]:
    """The constraints of a tool that reads; none where its schema has nothing to constrain."""
    return [line for kind, arguments in _judged(tool) for line in (*_SCOPES[kind], *_pointed(kind, arguments))]


def _write_lines(tool: Mapping[str, Json]) -> list[str]:
    """The same of a tool that may write: SQL has another scope then, and no scope at all must be said."""
    kinds = [(kind, arguments) for kind, arguments in _judged(tool) if kind != "sql"]
    lines = [line for kind, arguments in kinds for line in (*_SCOPES[kind], *_pointed(kind, arguments))]
    return lines or ["scope: any"]


def _pointed(kind: str, arguments: list[str]) -> list[str]:
    """The line that names the arguments, where one of them isn't judged by its name alone."""
    known = {*ARGUMENTS[kind], *ARGUMENTS.get(f"{kind}s", ())}
    return [] if known.issuperset(arguments) else [f"{kind}_arguments: [{', '.join(map(_quoted, arguments))}]"]


def _judged(tool: Mapping[str, Json]) -> Iterator[tuple[str, list[str]]]:
    """What of a tool's arguments are paths, SQL or URLs, by their names: (kind, pointers)."""
    schema = tool.get("inputSchema")
    properties = schema.get("properties") if isinstance(schema, dict) else None
    found: dict[str, list[str]] = {}
    for name, shape in properties.items() if isinstance(properties, dict) else ():
        kind = _kind(name, shape, tool)
        if kind and _written(name, shape):
            found.setdefault(kind, []).append(_written(name, shape))
    return iter(sorted(found.items()))


def _kind(name: str, shape: Json, tool: Mapping[str, Json]) -> str | None:
    if name in ARGUMENTS["sql"]:
        told = f"{tool['name']} {tool.get('description')} {shape.get('description') if isinstance(shape, dict) else ''}"
        return "sql" if name == "sql" or "sql" in words(told) else None
    if name in ARGUMENTS["url"] or name in ARGUMENTS["urls"]:
        return "url"
    speaks_of_files = _NAME.fullmatch(name) and not _PATH_WORDS.isdisjoint(words(name))
    return "path" if name in (*ARGUMENTS["path"], *ARGUMENTS["paths"]) or speaks_of_files else None


def _written(name: str, shape: Json) -> str:
    """The pointer to write for a property: its name, or each element of an array; empty for what holds no text."""
    kind = shape.get("type") if isinstance(shape, dict) else None
    if kind == "array":
        return name if name in ("paths", "urls") else f"/{name}/*"
    return name if kind in (None, "string") else ""


def _quoted(text: str) -> str:
    """`text` as YAML reads it back as a string."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", text) and text.lower() not in _NOT_TEXT
    return text if plain else '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


_NOT_TEXT = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null"))
