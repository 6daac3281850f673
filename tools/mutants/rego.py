"""What can be changed in a Rego file: each condition is dropped, negated, and moved by one where it compares.

Guarantees: every expression of every body is changed, those of `every` and of comprehensions too. One that declares
(`some`, `:=`) can only be dropped, so a rule or branch that has no other, or none at all, is also made never to hold.
Whether the result compiles is for OPA to say.
"""

from __future__ import annotations

import base64
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tools.mutants.mutant import OPA, Mutant, numbered, placed

_BOUNDS = {"lt": b"<=", "lte": b"<", "gt": b">=", "gte": b">"}
_ONE_LINE = re.compile(rb"else\b.*?\bif\s+(.*?)\s*(?:\}?\s*else\b.*)?\Z", re.DOTALL)
"""A branch without braces, for whose parts OPA gives the place of the branch: the condition."""
Node = dict[str, Any]


def mutants(path: Path) -> list[Mutant]:
    """Every mutant of one file."""
    command: list[str | Path] = [OPA, "parse", "--format=json", "--json-include=locations", path]
    told = subprocess.run(command, capture_output=True, check=True).stdout
    return numbered(_File(path).mutants(json.loads(told)))


class _File:
    def __init__(self, path: Path) -> None:
        self._name = placed(path)
        self._raw = path.read_bytes()
        self._lines = self._raw.splitlines(keepends=True)

    def mutants(self, module: Node) -> Iterator[Mutant]:
        for rule in module["rules"]:
            within = ".".join(str(part["value"]) for part in rule["head"]["ref"])
            if rule.get("default"):
                start, text = self._span(rule["head"])
                start, text = start - len(b"default "), b"default " + text
                yield self._mutant(within, "drop", start, start + len(text), b"")
                continue
            for branch in _branches(rule):
                yield from self._branch(within, branch)
            for expression in _expressions(rule):
                yield from self._changed(within, expression, *self._span(expression))

    def _branch(self, within: str, branch: Node) -> Iterator[Mutant]:
        """What changing its expressions one by one leaves out."""
        start, text = self._span(branch)
        first = branch["body"][0]
        if first.get("generated"):
            yield self._mutant(within, "never", start, start + len(text), text + b" if false")
        elif first["location"] == branch["location"] and (found := _ONE_LINE.match(text)):
            yield from self._changed(within, first, start + found.start(1), found[1])
        elif all(_declares(expression["terms"]) for expression in branch["body"]):
            start, text = self._span(first)
            braced = self._raw[:start].rstrip().endswith(b"{")
            new = b"false; " + text if braced else b"{ false; " + text + b" }"
            yield self._mutant(within, "never", start, start + len(text), new)

    def _changed(self, within: str, expression: Node, start: int, text: bytes) -> Iterator[Mutant]:
        end = start + len(text)
        yield self._mutant(within, "drop", start, end, b"true")
        terms = expression["terms"]
        if expression.get("negated"):
            yield self._mutant(within, "negate", start, end, text.removeprefix(b"not").lstrip())
        elif not _declares(terms):
            yield self._mutant(within, "negate", start, end, b"not " + text)
        if isinstance(terms, list) and (moved := _BOUNDS.get(terms[0]["value"][0]["value"])):
            place, operator = self._span(terms[0])
            new = text[: place - start] + moved + text[place - start + len(operator) :]
            yield self._mutant(within, "move the bound of", start, end, new)

    def _mutant(self, within: str, change: str, start: int, end: int, new: bytes) -> Mutant:
        return Mutant(self._name, self._raw, within, change, start, end, new)

    def _span(self, node: Node) -> tuple[int, bytes]:
        """Where a node begins, in bytes, and its text. OPA counts a column in characters."""
        row, column = node["location"]["row"], node["location"]["col"]
        before = b"".join(self._lines[: row - 1]) + self._lines[row - 1].decode()[: column - 1].encode()
        return len(before), base64.b64decode(node["location"]["text"])


def _branches(rule: Node) -> Iterator[Node]:
    branch: Node | None = rule
    while branch:
        yield branch
        branch = branch.get("else")


def _expressions(node: object) -> Iterator[Node]:
    """Every expression below a node that has a place of its own, at whatever depth."""
    if isinstance(node, dict):
        body = node.get("body", [])
        for child in node.values():
            yield from _expressions(child)
        yield from (child for child in body if child["location"] != node.get("location") and "generated" not in child)
    elif isinstance(node, list):
        for child in node:
            yield from _expressions(child)


def _declares(terms: Any) -> bool:  # noqa: ANN401 (as OPA has it)
    """`some …` has symbols, `x := …` is a call of `assign`."""
    if isinstance(terms, dict):
        return "symbols" in terms
    return bool(terms[0]["value"][0]["value"] == "assign")
