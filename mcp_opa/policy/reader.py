"""YAML as a tree of plain values that knows where each of them stands.

Guarantees: what is read is one document of bounded size and depth, of mappings with unique text keys, lists and JSON
scalars; whatever two readers of YAML could take differently is a problem, and all problems are found in one pass,
whatever the bytes. It doesn't know what a document is for, but for one key (`expires`) whose value may be a bare date.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import yaml

from mcp_opa.policy import scalars
from mcp_opa.policy.node import Node, Path
from mcp_opa.policy.problem import Problem, shortened, shown

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 48
MAX_NODES = 1_000_000
"""Values in the document, each use of an anchor counted in full."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LOADER: Any = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
_HINTS = (
    ("alias", 'a text that begins with `*` must be quoted, as in "**/.env"'),
    ("anchor", "a text that begins with `&` must be quoted"),
    ("tab", "indent with spaces"),
    ("mapping values are not allowed", "quote a text that holds `: `, and look at the indentation of the line above"),
    ("could not find expected ':'", "a key is followed by a colon and a space; look at the line above too"),
    ("cannot start any token", "quote a text that begins with a special character, and indent with spaces"),
    ("expected ',' or", "a bracket or a quote isn't closed, or a comma is missing"),
    ("block", "look at the indentation: keys of one level begin in one column"),
    ("quoted scalar", "close the quote; inside double quotes a backslash is written twice"),
)


class _Stop(Exception):
    """Nothing after this can be read."""


def read(raw: bytes | str, file: str) -> tuple[Node | None, list[Problem]]:
    """The document's tree (None if there is nothing to go on with) and what is wrong with it."""
    reading = _Reading(file)
    try:
        return reading.document(reading.decoded(raw)), reading.problems
    except _Stop:
        return None, reading.problems


class _Reading:
    """One pass over one document."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self._anchors: dict[str, Node | None] = {}
        self._events: Iterator[Any] = iter(())
        self._lines: list[str] = []

    def decoded(self, raw: bytes | str) -> str:
        """The text, if it is UTF-8 of printable characters and not too long."""
        try:
            octets = raw.encode() if isinstance(raw, str) else raw
            if len(octets) > MAX_BYTES:
                self._stop(
                    1, 1, f"the file has {len(octets)} bytes, at most {MAX_BYTES} are read", "write a shorter one"
                )
            text = octets.decode().removeprefix("\ufeff")
        except UnicodeDecodeError as error:
            before = error.object[: error.start].decode(errors="replace")
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
            self._stop(line, column, f"byte 0x{error.object[error.start]:02x} is not UTF-8", "save the file as UTF-8")
        except UnicodeEncodeError:
            self._stop(1, 1, "the text holds a lone surrogate", "save the file as UTF-8")
        for found in _UNPRINTABLE.finditer(text):
            line, column = text.count("\n", 0, found.start()) + 1, found.start() - text.rfind("\n", 0, found.start())
            self._stop(line, column, f"the character U+{ord(found[0]):04X} can't stand here", "remove it")
        self._lines = text.splitlines()
        return text

    def document(self, text: str) -> Node:
        """The tree of the one document that `text` holds."""
        try:
            self._events = (event for event in yaml.parse(text, Loader=_LOADER))
            self._next()
            if isinstance(self._next(), yaml.StreamEndEvent):
                self._stop(
                    1, 1, "the file is empty", "write something into it; for a policy `mcp-opa init` gives a template"
                )
            root = self._node(self._next(), ())
            self._next()
            after = self._next()
            if not isinstance(after, yaml.StreamEndEvent):
                self._stop(*_place(after), "a second document begins here", "write one document a file")
        except yaml.MarkedYAMLError as error:
            self._syntax(error)
        except yaml.YAMLError as error:
            self._stop(1, 1, f"this is not YAML: {shortened(str(error))}", "look at the beginning of the file")
        if root.value is None:
            self._stop(
                1, 1, "the file is empty", "write something into it; for a policy `mcp-opa init` gives a template"
            )
        return root

    def _next(self) -> Any:  # noqa: ANN401  one of yaml's event classes
        return next(self._events)

    def _node(self, event: Any, path: Path) -> Node:  # noqa: ANN401
        if len(path) > MAX_DEPTH:
            self._stop(*_place(event), f"nested deeper than {MAX_DEPTH} levels", "flatten the document")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, path)
        if event.tag is not None:
            self._add(*_place(event), path, f"the tag `{shortened(event.tag, 40)}` isn't read", "remove the tag")
        if event.anchor is not None:
            self._anchor(event, path)
        node = self._value(event, path)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _value(self, event: Any, path: Path) -> Node:  # noqa: ANN401
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(event, path)
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(event, path)
        return self._scalar(event, path)

    def _scalar(self, event: Any, path: Path) -> Node:  # noqa: ANN401
        line, column = _place(event)
        if event.style or event.tag is not None:
            if not event.value.isprintable() and any("\ud800" <= c <= "\udfff" for c in event.value):
                self._add(line, column, path, "the text holds a lone surrogate", "remove the escape")
                return Node("", line, column)
            return Node(event.value, line, column)
        word = scalars.read(event.value)
        faulty = bool(word.complaint) and not (word.date and path[-1:] == ("expires",))
        if faulty:
            self._add(line, column, path, word.complaint, word.mend)
        return Node(word.value, line, column, faulty=faulty)

    def _sequence(self, start: Any, path: Path) -> Node:  # noqa: ANN401
        items: list[Node] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return self._bounded(Node.of_list(items, *_place(start)), path)

    def _mapping(self, start: Any, path: Path) -> Node:  # noqa: ANN401
        fields: dict[str, Node] = {}
        keys: dict[str, tuple[int, int]] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._key(event, path, keys)
            value = self._node(self._next(), (*path, "?" if key is None else key))
            if key is not None:
                fields[key], keys[key] = value, _place(event)
        return self._bounded(Node.of_mapping(fields, keys, *_place(start)), path)

    def _key(self, event: Any, path: Path, known: dict[str, tuple[int, int]]) -> str | None:  # noqa: ANN401
        """The key's text, or None if its value is read for its problems only."""
        key = self._node(event, (*path, "?"))
        place = _place(event)
        if isinstance(event, yaml.ScalarEvent) and not event.style and key.value == "<<":
            self._add(
                *place,
                path,
                "merging with `<<` isn't read",
                "write the keys out, or reuse whole values: `&name`, `*name`",
            )
        elif not isinstance(key.value, str):
            what = (
                "a list or a mapping"
                if isinstance(key.value, list | dict)
                else f"`{event.value}`"
                if isinstance(event, yaml.ScalarEvent)
                else "this"
            )
            self._add(*place, path, f"{what} is no text, and keys are texts", "put the key in quotes")
        elif key.value in known:
            first = known[key.value][0]
            self._add(
                *place,
                (*path, key.value),
                f"this key stands twice, first on line {first}",
                "keep one of them; join lists into one list",
            )
        else:
            return key.value
        return None

    def _anchor(self, event: Any, path: Path) -> None:  # noqa: ANN401
        if event.anchor in self._anchors:
            self._add(*_place(event), path, f"the anchor `&{event.anchor}` is defined twice", "give it another name")
        self._anchors[event.anchor] = None

    def _alias(self, event: Any, path: Path) -> Node:  # noqa: ANN401
        place, name = _place(event), event.anchor
        node = self._anchors.get(name)
        if node is not None and node.height + len(path) <= MAX_DEPTH:
            return node
        if node is not None:
            self._stop(
                *place, f"with `*{name}` the document is nested deeper than {MAX_DEPTH} levels", "write it flatter"
            )
        if name in self._anchors:
            self._add(*place, path, f"`*{name}` stands inside what it refers to", "write the value out")
        else:
            self._add(
                *place,
                path,
                f"`*{name}` refers to an anchor that isn't defined above",
                f'if a pattern is meant, quote it: "*{name}"',
            )
        return Node("", *place, faulty=True)

    def _bounded(self, node: Node, path: Path) -> Node:
        if node.size > MAX_NODES:
            self._stop(
                node.line,
                node.column,
                f"more than {MAX_NODES} values, each `*anchor` counted in full",
                "use fewer of them",
                path,
            )
        return node

    def _syntax(self, error: yaml.MarkedYAMLError) -> NoReturn:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        said = ", ".join(part for part in (error.context, error.problem) if part)
        here = self._lines[line - 1] if 0 < line <= len(self._lines) else ""
        if "\t" in here[:column] and not here[: column - 1].strip():
            said += " (a tab)"
        hint = next((hint for words, hint in _HINTS if words in said), "look at this line and the one above")
        self._stop(line, column, f"this is not YAML: {said}", hint)

    def _add(self, line: int, column: int, path: Path, message: str, mend: str) -> None:
        self.problems.append(Problem(self.file, line, column, shown(path), message, mend))

    def _stop(self, line: int, column: int, message: str, mend: str, path: Path = ()) -> NoReturn:
        self._add(line, column, path, message, mend)
        raise _Stop


def _place(event: Any) -> tuple[int, int]:  # noqa: ANN401
    return event.start_mark.line + 1, event.start_mark.column + 1
