"""The document's tree against its types: every value of a wrong type, every unknown or missing key, told to a person.

Guarantees: all of them at once; what is left over is sound, so that its meaning can be looked at too. Doesn't say what
lines mean.
"""

from __future__ import annotations

from collections.abc import Iterator

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from mcp_opa.model import Json
from mcp_opa.policy import document as types
from mcp_opa.policy import words
from mcp_opa.policy.document import Document
from mcp_opa.policy.fit import NO_VALUE, faults, keys, kind, misfit
from mcp_opa.policy.node import Node, Page, Path
from mcp_opa.policy.problem import Problem, did_you_mean

_ROUNDS = 8
"""What lacks a key goes with the key, and what holds that in the next round: a document is no deeper than this."""
_OF_CASES = (("arguments",), ("schema",))
_HOMES: tuple[tuple[type[BaseModel], str], ...] = (
    (types.Constraints, "under a tool's name in `constraints`"),
    (types.Actor, "in an entry of `actors`"),
    (types.Audit, "under `audit`"),
    (types.ErrorHandling, "under `error_handling`"),
    (types.RateLimit, "under a tool's name in `rate_limits`"),
    (types.Document, "at the top level"),
    (types.Case, "in an entry of `tests`"),
)


def shaped(page: Page) -> tuple[Document, Page, list[Problem]]:
    """The document and its tree, both without what is wrong in them, and what that is."""
    root = page.root
    if not isinstance(root.value, dict):
        mend = "write `actors:` and the other keys, one a line; `mcp-opa init` gives a template"
        problem = page.problem((), f"a policy is a mapping, and this is {kind(root)}", mend)
        return Document(), Page(page.file, Node({}, root.line, root.column)), [problem]
    found = {path: page.problem(path, "this key has no value", _no_value(path)) for path in _nulls(root, ())}
    gone = set(found)
    for path, fault in faults(root, Document):
        if fault["type"] == "extra_forbidden":
            found = {other: problem for other, problem in found.items() if other[: len(path)] != path}
        if not (fault["type"] == "too_short" and root.at(*path).items):
            found.setdefault(path, _problem(page, path, fault))
        gone.add(_unsound(path, fault))
    told = [problem for path, problem in found.items() if not root.at(*path).faulty]
    document, rest = _sound(root.without(gone))
    return document, Page(page.file, rest), told


def _sound(root: Node) -> tuple[Document, Node]:
    """What is left of a document when all that hangs on an unsound value is taken out too."""
    for _ in range(_ROUNDS):
        unsound = {_unsound(path, fault) for path, fault in faults(root, Document)}
        if not unsound:
            return Document.model_validate(root.value), root
        root = root.without(unsound)
    return Document(), Node({}, root.line, root.column)


def _unsound(path: Path, fault: ErrorDetails) -> Path:
    """What has to go where a value is wrong: the value, a whole constraint, or what lacks a key."""
    if fault["type"] == "missing":
        return path[:-1]
    return path[:5] if "constraints" in path[2:3] else path


def _problem(page: Page, path: Path, fault: ErrorDetails) -> Problem:
    if fault["type"] in ("greater_than_equal", "less_than_equal"):
        return page.problem(
            path, f"{page.root.at(*path).value} is out of range", f"write a number from 1 to {words.LARGEST}"
        )
    if fault["type"] == "too_short":
        return page.problem(
            path, "an empty list names no argument", "take the line out: then the usual names are judged"
        )
    return misfit(page, path, fault, _other_key(path) if fault["type"] == "extra_forbidden" else "")


def _other_key(path: Path) -> str:
    key, home = str(path[-1]), _model(path[:-1])
    known = keys(home)
    if near := did_you_mean(key, known):
        return near
    for model, where in _HOMES:
        if key in keys(model):
            return f"`{key}` belongs {where}"
    return f"the keys here are {', '.join(known)}"


_MODELS: dict[Json, type[BaseModel]] = {
    "actors": types.Actor,
    "groups": types.Group,
    "tests": types.Case,
    "rate_limits": types.RateLimit,
    "audit": types.Audit,
    "error_handling": types.ErrorHandling,
}


def _model(path: Path) -> type[BaseModel]:
    if "constraints" in path[2:3]:
        return types.Constraints
    return _MODELS.get(path[0], types.Document) if path else types.Document


def _no_value(path: Path) -> str:
    lists = isinstance(path[-1], str) and path[-1].endswith(("s", "_list"))
    return NO_VALUE + (" ([] is an empty list)" if lists else "")


def _nulls(node: Node, path: Path) -> Iterator[Path]:
    """Where null stands, but in what is JSON of its own."""
    if (path[:1] == ("schemas",) and len(path) > 1) or (path[:1] == ("tests",) and path[2:] in _OF_CASES):
        return
    if node.value is None and path:
        yield path
    for key, child in node.fields.items():
        yield from _nulls(child, (*path, key))
    for index, child in enumerate(node.items):
        yield from _nulls(child, (*path, index))
