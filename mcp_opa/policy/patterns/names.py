"""Entries that name tools or prompts: `tool`, `server/tool`, `*` on either side.

Guarantees: an entry without `*` is found by its key, the others are one short list. Does not rank them: Rego does.

NAMES is `{"servers": {server: {tool: VALUE}}, "tools": {tool: VALUE}, "patterns": [PATTERN…], "values": {entry: VALUE},
"named": {tool: true}}`: the entries without `*`; the others, in the policy's order, and their values by their text; the
tools that an entry of `servers` names. A PATTERN is `[entry, server GLOB or null, tool GLOB]`, a GLOB
`[start, inside, end, regex]`, or a text without `*`: what stands before the first `*`, between two, and after the last;
where there are more, a regex.
"""

import re
from collections.abc import Mapping

from mcp_opa.model import Json
from mcp_opa.policy.patterns.wildcards import literal

_PART = re.compile(r"[A-Za-z0-9_.*-]{1,128}")


def names(entries: Mapping[str, Json], *, fold: bool = False) -> Json:
    """NAMES of `entries`, each without a `name_problem`. `fold` for denies: they ignore case."""
    index: dict[str, Json] = {"servers": {}, "tools": {}, "patterns": [], "values": {}, "named": {}}
    for text, value in entries.items():
        entry = text.lower() if fold else text
        server, slash, tool = entry.rpartition("/")
        if "*" in entry:
            if entry not in index["values"]:
                index["patterns"].append([entry, _glob(server) if slash else None, _glob(tool)])
            index["values"][entry] = value
        elif slash:
            index["servers"].setdefault(server, {})[tool] = value
            index["named"][tool] = True
        else:
            index["tools"][entry] = value
    return index


def name_problem(entry: str) -> str | None:
    """What is wrong with an entry, and what to write instead; None if it is fine."""
    if entry.count("/") > 1:
        return "an entry has one `/` at most: write `tool` or `server_id/tool`"
    if "**" in entry:
        return "a name has no segments: write `*` in place of `**`"
    if not all(map(_PART.fullmatch, entry.split("/"))):
        return "a name is 1 to 128 of `[A-Za-z0-9_.-]`, and only `*` is special: write `tool` or `server_id/tool`"
    return None


def _glob(pattern: str) -> Json:
    pieces = pattern.split("*")
    if len(pieces) == 1:
        return pattern
    if len(pieces) in {2, 3}:
        return [pieces[0], "".join(pieces[1:-1]), pieces[-1], ""]
    return ["", "", "", rf"\A{'.*'.join(map(literal, pieces))}\z"]
