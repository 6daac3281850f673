"""How much work it is to judge a value by a schema: asked first, since a validator can't be stopped.

Guarantees: `bound` refuses a schema that refers to itself without end, or that unfolds into too many on one value;
`Cost.affordable` is true only where judging ends within about a second, whatever the schema and the value. Work is
over-estimated: where that is wrong, a schema is unknown that could have been judged.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_opa.facts.schema_graph import Node, Unjudgeable
from mcp_opa.model import Json

MAX_UNFOLDED = 2_000
"""Schemas that may judge one and the same value, each counted as often as it is reached."""
MAX_CHAIN = 64
"""References and applicators, one leading to the next, that judge one and the same value."""
MAX_WORK = 200_000
"""Units: a schema that judges a value is one, and so is a character that is matched against a middling pattern."""

_AGAIN = {"unevaluatedProperties", "unevaluatedItems"}
"""To know what is left for them, the validator judges again by all that stands beside them."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What judging by one schema costs."""

    root: Node
    each: float
    """Units of work at most for each value; infinite where it depends on the text, or the schema holds itself."""

    def affordable(self, value: Json, values: int, character: float) -> bool:
        """Whether judging `value`, which holds `values`, is at most `MAX_WORK`, at `character` for one."""
        if self.each * values <= MAX_WORK:
            return True
        work = 0.0
        pending = [(self.root, value)]
        while pending:
            node, part = pending.pop()
            work += _price(node.schema) + _matched(node.schema, part) * character
            for handed_on in _handed_on(node, part):
                pending.append(handed_on)
                if work + len(pending) > MAX_WORK:
                    return False
        return work <= MAX_WORK


def bound(nodes: list[Node]) -> Cost:
    """The cost of judging by the first of the nodes, which is the root. Raises `Unjudgeable`."""
    unfolded: dict[Node, tuple[int, int]] = {}
    for node in nodes:
        _unfold(node, unfolded, 0)
    return Cost(nodes[0], _total(nodes[0], {}, 0))


def _unfold(node: Node, done: dict[Node, tuple[int, int]], depth: int) -> tuple[int, int]:
    """How many schemas judge what `node` judges, and how many of them one below the other."""
    if node not in done:
        done[node] = (MAX_UNFOLDED + 1, 0)  # what a schema finds that leads back here
        below = [_unfold(child, done, depth + 1) for _, child in node.here] if depth <= MAX_CHAIN else []
        chain = 1 + max((chain for _, chain in below), default=0)
        count = 1 + _times(node) * sum(count for count, _ in below)
        if count > MAX_UNFOLDED or chain > MAX_CHAIN or depth > MAX_CHAIN:
            raise Unjudgeable("a schema that refers to itself without end, or unfolds into too many")
        done[node] = (count, chain)
    return done[node]


def _total(node: Node, done: dict[Node, float], depth: int) -> float:
    """Work for one value, if all that is below judged it too; infinite for what leads into a circle, or too far."""
    if node not in done:
        done[node] = math.inf
        if depth < 2 * MAX_CHAIN:
            here = _times(node) * sum(_total(child, done, depth + 1) for _, child in node.here)
            parts = (*node.named.values(), *node.below, *node.names)
            patterns = not {"pattern", "patternProperties"}.isdisjoint(node.schema)
            own = math.inf if patterns else _price(node.schema)
            done[node] = own + here + sum(_total(child, done, depth + 1) for child in parts)
    return done[node]


def _times(node: Node) -> int:
    return 1 if _AGAIN.isdisjoint(node.schema) else 3


def _price(schema: dict[str, Json]) -> int:
    enum = schema.get("enum")
    return 1 + (len(enum) // 32 if isinstance(enum, list) else 0)


def _matched(schema: dict[str, Json], part: Json) -> int:
    """Characters that are matched against patterns."""
    if isinstance(part, str):
        return len(part) if "pattern" in schema else 0
    patterns = schema.get("patternProperties")
    return len(patterns) * sum(map(len, part)) if isinstance(patterns, dict) and isinstance(part, dict) else 0


def _handed_on(node: Node, part: Json) -> Iterator[tuple[Node, Json]]:
    for _ in range(_times(node)):
        yield from ((child, part) for _, child in node.here)
    if isinstance(part, dict):
        yield from ((node.named[name], part[name]) for name in part if name in node.named)
        yield from ((child, member) for child in node.below for member in part.values())
        yield from ((child, name) for child in node.names for name in part)
    elif isinstance(part, list):
        yield from ((child, element) for child in node.below for element in part)
