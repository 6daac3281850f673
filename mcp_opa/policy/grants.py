"""A grant: one entry of `allowed_tools` with what it is held to, and what follows from the two together.

Guarantees: says of a grant what Rego will say of it. Doesn't judge a call.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from mcp_opa.policy import operations, vocabulary
from mcp_opa.policy.document import Constraints, Document, Holder
from mcp_opa.policy.node import Path

KINDS = {
    "path": (
        *("roots", "allowed_paths", "denied_paths", "path_arguments"),
        *("allowed_extensions", "denied_extensions"),
    ),
    "size": ("max_file_size",),
    "sql": (
        *("sql_dialect", "allowed_operations", "allowed_tables", "denied_tables", "allowed_functions"),
        *("max_rows", "limit_argument", "sql_arguments"),
    ),
    "url": ("allowed_hosts", "allowed_schemes", "url_arguments"),
    "plain": ("plain_arguments",),
}
"""The kinds of constraint, and the keys that each is made of: any one of them makes it."""

SCOPES = ("roots", "allowed_paths", "allowed_operations", "allowed_tables", "allowed_hosts")
"""The keys that give a write its scope."""

_NONE = Constraints()


@dataclass(frozen=True, slots=True)
class Grant:
    """One entry of a holder's `allowed_tools`."""

    holder: Holder
    entry: str
    held: Constraints
    home: Path
    """The holder's path in the document."""
    index: int
    """The entry's index in `allowed_tools`."""

    @property
    def path(self) -> Path:
        """Where the entry stands."""
        return (*self.home, "allowed_tools", self.index)

    def key(self, *names: str | int) -> Path:
        """Where a constraint of it stands."""
        return (*self.home, "constraints", self.entry, *names)

    @property
    def exact(self) -> bool:
        """Whether the entry has no `*`."""
        return "*" not in self.entry

    @property
    def tool(self) -> str:
        """The entry without its server."""
        return self.entry.rpartition("/")[2]

    @property
    def access(self) -> Literal["read", "write", "name"]:
        """What its calls are; `name` where that depends on which tool of a pattern is called."""
        if self.held.access is not None:
            return self.held.access
        if self.has("allowed_extensions") or self.has("max_file_size"):
            return "write"
        return vocabulary.access(self.tool) if self.exact else "name"

    @property
    def scoped(self) -> bool:
        """Whether it says what may be written, or that anything may."""
        return self.held.scope == "any" or any(map(self.has, SCOPES))

    @property
    def operations(self) -> tuple[str, ...]:
        """The SQL operations that it allows; a pattern that may read or write gets those of a read."""
        if self.held.allowed_operations is not None:
            return self.held.allowed_operations
        return operations.DEFAULT_WRITE if self.access == "write" else operations.DEFAULT_READ

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of constraint that it has."""
        return tuple(kind for kind, keys in KINDS.items() if any(map(self.has, keys)))

    def has(self, key: str) -> bool:
        """Whether a constraint is stated."""
        return getattr(self.held, key) is not None


def of(holder: Holder, home: Path) -> Iterator[Grant]:
    """The grants of one holder, in the document's order."""
    for index, entry in enumerate(holder.allowed_tools):
        yield Grant(holder, entry, holder.constraints.get(entry, _NONE), home, index)


def every(document: Document) -> Iterator[Grant]:
    """The grants of all actors, then of all groups."""
    for section in ("actors", "groups"):
        for index, holder in enumerate(getattr(document, section)):
            yield from of(holder, (section, index))
