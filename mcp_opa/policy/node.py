"""A value of a document, with the place where it stands.

Guarantees: `value` is a plain JSON value, equal to what the children hold; the tree never changes. A value that an
anchor repeats is one node, whose place is where it is written out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from mcp_opa.model import Json
from mcp_opa.policy.problem import Problem, shown

Path = tuple[str | int, ...]

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Node:
    """One value; 1-based line and column."""

    value: Json
    line: int
    column: int
    fields: Mapping[str, Node] = field(default_factory=lambda: _NONE)
    keys: Mapping[str, tuple[int, int]] = field(default_factory=lambda: _NONE)
    """Where each key of a mapping stands: line and column."""
    items: Sequence[Node] = ()
    labels: Sequence[int] = ()
    """The index of each item as the document has it; others are gone if the list was pruned."""
    size: int = 1
    height: int = 0
    faulty: bool = False
    """The reader has said already what is wrong with it."""

    @classmethod
    def of_list(cls, items: Sequence[Node], line: int, column: int, labels: Sequence[int] | None = None) -> Node:
        """A list of these items."""
        return cls(
            [item.value for item in items],
            line,
            column,
            items=items,
            labels=range(len(items)) if labels is None else labels,
            size=1 + sum(item.size for item in items),
            height=1 + max((item.height for item in items), default=0),
        )

    @classmethod
    def of_mapping(
        cls, fields: Mapping[str, Node], keys: Mapping[str, tuple[int, int]], line: int, column: int
    ) -> Node:
        """A mapping of these fields."""
        return cls(
            {key: child.value for key, child in fields.items()},
            line,
            column,
            fields=fields,
            keys=keys,
            size=1 + sum(1 + child.size for child in fields.values()),
            height=1 + max((child.height for child in fields.values()), default=0),
        )

    def child(self, step: str | int) -> Node | None:
        """The field of that name or the item at that index (of the list as it is here)."""
        if isinstance(step, str):
            return self.fields.get(step)
        return self.items[step] if 0 <= step < len(self.items) else None

    def at(self, *path: str | int) -> Node:
        """The value at a path, or the last value on the way to it."""
        node = self
        for step in path:
            node = node.child(step) or node
        return node

    def without(self, gone: Collection[Path]) -> Node:
        """The tree without the values at these paths."""
        if not gone:
            return self
        inside: dict[str | int, list[Path]] = {}
        for step, *rest in gone:
            inside.setdefault(step, []).append(tuple(rest))
        if self.fields:
            kept = {
                k: child.without(inside.get(k, ())) for k, child in self.fields.items() if () not in inside.get(k, ())
            }
            return Node.of_mapping(kept, self.keys, self.line, self.column)
        left = [index for index in range(len(self.items)) if () not in inside.get(index, ())]
        items = [self.items[index].without(inside.get(index, ())) for index in left]
        return Node.of_list(items, self.line, self.column, [self.labels[index] for index in left])


@dataclass(frozen=True, slots=True)
class Page:
    """A document's tree and the name of its file: from a path to a place, and to a problem there."""

    file: str
    root: Node

    def problem(self, path: Path, message: str, mend: str, *, key: bool = False) -> Problem:
        """A problem with the value at `path`, or with its key. A path that isn't there is placed where it ends."""
        node, labels = self.root, []
        line, column = node.line, node.column
        for depth, step in enumerate(path):
            child = node.child(step)
            labels.append(node.labels[step] if child is not None and isinstance(step, int) else step)
            if child is None:
                line, column = node.keys.get(str(step), (node.line, node.column))
                labels.extend(path[depth + 1 :])
                break
            line, column = child.line, child.column
            if key and depth == len(path) - 1 and step in node.keys:
                line, column = node.keys[str(step)]
            node = child
        return Problem(self.file, line, column, shown(labels), message, mend)
