"""The gateway put before the servers of a configuration, and taken away again.

Guarantees: of a server that is wrapped, command and arguments change and nothing else. What is wrapped already, odd, or
has a name that no policy can name stays as it is, and why is said. It reads and writes no files.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import PurePath

from mcp_opa.clients import spans
from mcp_opa.clients.config import Config, Entry, parse

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
_LAUNCHERS = ((), ("uvx",), ("uv", "run"), ("pipx", "run"))


class Lossy(ValueError):
    """The change can't be written without loss; the message says what would be lost."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The gateway as a configuration starts it."""

    command: str
    """The program, by its whole path: clients are started with a PATH of their own."""
    policy: str
    """The policy's whole path."""
    actor: str


@dataclass(frozen=True, slots=True)
class Change:
    """What became of one server: what it is now in the configuration, or why it stayed as it was."""

    entry: Entry
    words: tuple[str, ...] = ()
    """The new command and arguments; empty if it stayed."""
    why: str = ""
    """Why it stayed."""
    gated: bool = False
    """Whether it is behind the gateway now."""


def behind(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """The command that a gateway's command starts; None if it is no gateway's."""
    for launcher in _LAUNCHERS:
        rest = words[len(launcher) :]
        if words[: len(launcher)] == launcher and len(rest) > 1 and rest[1] == "gateway":
            program = PurePath(rest[0].replace("\\", "/")).name.removesuffix(".exe")
            inner = rest[rest.index("--") + 1 :] if "--" in rest else ()
            return inner if program == "mcp-opa" and inner else None
    return None


def wrapped(config: Config, gateway: Gateway) -> list[Change]:
    """What putting the gateway before each server comes to."""
    return [_wrapped(entry, gateway) for entry in config.entries]


def unwrapped(config: Config) -> list[Change]:
    """What taking the gateway away comes to, where it is."""
    inner = [(entry, behind(entry.words)) for entry in config.entries]
    return [Change(entry, words) for entry, words in inner if words is not None]


def written(raw: bytes, changes: list[Change]) -> bytes:
    """The configuration's bytes with the changes made, and all else as it was. Raises `Lossy`."""
    text = raw.decode()
    plain = spans.bare(text.replace("\ufeff", " ", 1) if text.startswith("\ufeff") else text)
    edits: list[tuple[spans.Span, str]] = []
    for change in changes:
        if change.words:
            edits += _edits(plain, change)
    for (begin, end), new in sorted(edits, reverse=True):
        if text[begin:end] != plain[begin:end]:
            raise Lossy("a comment within the command or its args would be lost")
        text = text[:begin] + new + text[end:]
    raw = text.encode()
    now = {entry.at: entry.words for entry in parse(raw).entries}
    if any(now.get(change.entry.at) != change.words for change in changes if change.words):
        raise Lossy("what was written doesn't read as it was meant")
    return raw


def _edits(plain: str, change: Change) -> list[tuple[spans.Span, str]]:
    command, arguments = (spans.span(plain, (*change.entry.at, key)) for key in ("command", "args"))
    if command is None:
        raise Lossy("the command isn't where it should be")
    words = json.dumps(list(change.words[1:]), ensure_ascii=False)
    first = json.dumps(change.words[0], ensure_ascii=False)
    if arguments is None:
        return [(command, f'{first}, "args": {words}')]
    return [(command, first), (arguments, words)]


def _wrapped(entry: Entry, gateway: Gateway) -> Change:
    if entry.odd:
        return Change(entry, why=entry.odd)
    if entry.url:
        return Change(
            entry, why="a URL: run `mcp-opa gateway --listen … --upstream …` and name its address here instead"
        )
    if behind(entry.words) is not None:
        return Change(entry, why="behind the gateway already", gated=True)
    if not _NAME.fullmatch(entry.name):
        return Change(entry, why="no policy can name it: rename it to 1 to 128 of A-Z a-z 0-9 _ . -")
    words = (gateway.command, "gateway", "--policy", gateway.policy, "--actor", gateway.actor)
    return Change(entry, (*words, "--server-id", entry.name, "--", *entry.words), gated=True)
