"""The file of API keys: which key is whose, until when.

Guarantees: each key is of one actor; a file in which any line is odd gives nothing but what is wrong, all at once. No
sentence quotes a key, nor what might be one. Reads no files and compares nothing with what callers show.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Strict

from mcp_opa.auth import AuthError
from mcp_opa.model import Subject
from mcp_opa.policy import reader, words
from mcp_opa.policy.fit import fitted
from mcp_opa.policy.node import Node, Page
from mcp_opa.policy.problem import Problem

METHOD = "api_key"
MOST_KEYS = 10_000
LEAST_CHARACTERS = 32
"""Of a key in plain text: a shorter one might be guessed."""
_PLAIN = re.compile(r"[\x21-\x7e]{1,1024}")
_HASH = re.compile(r"sha256:([0-9a-fA-F]{64})")
_HOW = "write a key, or `sha256:` and the 64 digits of its hash; `mcp-opa keys new ACTOR` makes one"


@dataclass(frozen=True, slots=True)
class Key:
    """One key, as its SHA-256."""

    digest: bytes
    subject: Subject
    expires: int | None = None
    """Seconds since 1970; from then on it isn't taken."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """All keys of a file."""

    keys: tuple[Key, ...]
    plain: bool
    """Whether a key stands there as it is, so that whoever reads the file can call."""
    warnings: tuple[Problem, ...]


class _Entry(BaseModel):
    """One key, and what is said of it."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, hide_input_in_errors=True)

    key: str
    expires: words.Expiry | None = None
    groups: Annotated[tuple[words.Id, ...], Strict(strict=False)] = ()


def parse(raw: bytes, name: str) -> KeyFile:
    """The keys that a file in YAML or JSON holds; `name` is its, for messages. Raises `AuthError`."""
    root, problems = reader.read(raw, name)
    reading = _Reading(name)
    keys = () if root is None or problems else tuple(reading.keys(root))
    if found := sorted({*map(_quiet, problems), *reading.problems}):
        raise AuthError("\n".join(map(str, found)))
    return KeyFile(keys, reading.plain, tuple(reading.warnings))


class _Reading:
    """One pass over one file."""

    def __init__(self, name: str) -> None:
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.plain = False
        self._name = name
        self._known: dict[bytes, int] = {}

    def keys(self, root: Node) -> Iterator[Key]:
        """The keys that are sound; `problems` says what isn't."""
        if not root.fields:
            self._add(root, "there are no keys here", "write `actor: key` lines; `mcp-opa keys new ACTOR` does it")
        for actor, node in root.fields.items():
            if words.id_problem(actor):
                self._add(Node("", *root.keys[actor]), "this is no name of an actor", "write it as the policy has it")
            items = node.items if isinstance(node.value, list) else [node]
            if not items:
                self._add(node, "this actor has no key", "write one, or take the line out")
            for item in items:
                yield from self._key(actor, item)

    def _key(self, actor: str, node: Node) -> Iterator[Key]:
        if isinstance(node.value, str):
            entry, stated = _Entry(key=node.value), node
        else:
            found, problems = fitted(Page(self._name, node), _Entry)
            self.problems += [_quiet(problem) for problem in problems]
            if found is None:
                return
            entry, stated = found, node.fields["key"]
        if (digest := self._digest(entry.key, stated)) is not None:
            yield Key(digest, Subject(actor, entry.groups, METHOD), entry.expires)

    def _digest(self, key: str, node: Node) -> bytes | None:
        """The key's hash, if it stands there well and for the first time."""
        hashed = _HASH.fullmatch(key)
        if not hashed and (not _PLAIN.fullmatch(key) or key.lower().startswith("sha256:")):
            self._add(node, "this is neither a key of visible ASCII characters nor a hash", _HOW)
            return None
        digest = bytes.fromhex(hashed[1]) if hashed else hashlib.sha256(key.encode()).digest()
        if first := self._known.get(digest):
            self._add(node, f"this key stands on line {first} too", "a key is of one actor: keep one of the two")
        elif len(self._known) == MOST_KEYS:
            self._add(node, f"this file has more than {MOST_KEYS} keys", "take out those that nobody uses")
        self._known.setdefault(digest, node.line)
        if not hashed:
            self._plain(key, node)
        return digest

    def _plain(self, key: str, node: Node) -> None:
        self.plain = True
        if len(key) < LEAST_CHARACTERS:
            what = f"a key of {len(key)} characters might be guessed; `mcp-opa keys new ACTOR` makes one that can't be"
            mend = "put the new one here, give it to the caller, and take the old one out"
        else:
            what, mend = (
                "this key stands here as it is",
                "write `sha256:` and its hash: then nobody can call who reads it",
            )
        self.warnings.append(Problem(self._name, node.line, node.column, "", what, mend))

    def _add(self, node: Node, message: str, mend: str) -> None:
        self.problems.append(Problem(self._name, node.line, node.column, "", message, mend))


def _quiet(problem: Problem) -> Problem:
    """The problem without what it quotes of the file."""
    if "`" in problem.message or '"' in problem.message or problem.path:
        problem = replace(problem, path="")
    if "`" in problem.message or '"' in problem.message:
        problem = replace(problem, message="this can't be read, or not in one way alone")
        return replace(problem, mend="write names and keys in double quotes, dates as 2027-01-31")
    return problem
