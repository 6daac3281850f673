"""Where a pointer leads: the values that it reaches in a call's arguments.

Guarantees: `find` gives every value that the segments reach, with the JSON pointer of each, whatever JSON it is given;
at most `MAX_FOUND` of them (one that is left out has no fact, which refuses). It judges nothing: that a value is absent
or of another type is for the policy to say.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcp_opa.model import Json

MAX_FOUND = 10_000
"""Values that one pointer may reach: as many elements as the policy looks at in one array."""


def find(arguments: Json, segments: Sequence[str]) -> list[tuple[str, Json]]:
    """Pairs of pointer text and value. `*` stands for each element of an array; any other segment names a member."""
    found = [("", arguments)]
    for segment in segments:
        below = _elements if segment == "*" else _member
        found = [child for at, value in found for child in below(at, value, segment)][:MAX_FOUND]
    return found


def _elements(at: str, value: Json, _: str) -> list[tuple[str, Json]]:
    elements = value[:MAX_FOUND] if isinstance(value, list) else []
    return [(f"{at}/{index}", child) for index, child in enumerate(elements)]


def _member(at: str, value: Json, name: str) -> list[tuple[str, Json]]:
    if not isinstance(value, dict) or name not in value:
        return []
    return [(f"{at}/{name.replace('~', '~0').replace('/', '~1')}", value[name])]
