"""One client's configuration, as far as it names MCP servers.

Guarantees: whatever the bytes, they are read strictly or `Unreadable` is raised; each server is an `Entry`, also one
that no client could start. It reads no files.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

from mcp_opa import contract
from mcp_opa.clients import spans
from mcp_opa.model import Json

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64
BOM = b"\xef\xbb\xbf"
_HOLDERS = (("mcpServers",), ("servers",), ("mcp", "servers"), ("context_servers",), ("mcp_servers",))
"""Where clients keep their servers: most; VS Code's `mcp.json`; its settings; Zed; Codex."""
_URLS = ("url", "serverUrl", "httpUrl")


class Unreadable(ValueError):
    """The bytes are no configuration; the message says why."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One server as a configuration names it."""

    name: str
    at: tuple[str, ...]
    """The keys that lead to it."""
    value: Json
    words: tuple[str, ...] = ()
    """The command and its arguments; empty for a server behind a URL."""
    url: str = ""
    odd: str = ""
    """Why no client can use it, or what of it isn't understood."""

    def under(self, key: str) -> dict[str, str]:
        """The texts of an object of the entry, such as `env` or `headers`."""
        found = self.value.get(key) if isinstance(self.value, dict) else None
        texts = found.items() if isinstance(found, dict) else ()
        return {name: text for name, text in texts if isinstance(text, str)}


@dataclass(frozen=True, slots=True)
class Config:
    """A configuration that was read."""

    entries: tuple[Entry, ...]
    json: bool
    """Whether it is JSON, with comments or without."""


def parse(raw: bytes) -> Config:
    """The configuration that bytes hold. Raises `Unreadable`."""
    value, json = _value(raw.removeprefix(BOM)) if len(raw) <= MAX_BYTES else (None, False)
    if not isinstance(value, dict):
        raise Unreadable("is no JSON object" if len(raw) <= MAX_BYTES else f"has more than {MAX_BYTES} bytes")
    return Config(tuple(_entries(value)), json)


def printable(text: str) -> str:
    """A text for a terminal: what a stranger's configuration holds may not steer it."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)


def _value(raw: bytes) -> tuple[Json, bool]:
    """What the bytes hold, and whether it is JSON."""
    try:
        return contract.parse(raw, max_bytes=MAX_BYTES, max_depth=MAX_DEPTH), True
    except contract.Malformed as error:
        strict = error
    try:
        return contract.parse(spans.bare(raw.decode()).encode(), max_bytes=MAX_BYTES, max_depth=MAX_DEPTH), True
    except ValueError:
        pass
    try:
        toml = tomllib.loads(raw.decode())
    except (ValueError, RecursionError):
        toml = {}
    if "mcp_servers" not in toml:
        raise Unreadable(f"is {strict}" if str(strict).startswith("not ") else str(strict)) from strict
    return toml, False


def _entries(value: dict[str, Json]) -> Iterator[Entry]:
    for holder in _HOLDERS:
        yield from _held(value, holder)
    projects = value.get("projects")  # Claude Code keeps those of a project under its path
    for project in projects if isinstance(projects, dict) else ():
        yield from _held(value, ("projects", project, "mcpServers"))


def _held(value: Json, holder: tuple[str, ...]) -> Iterator[Entry]:
    found = value
    for key in holder:
        found = found.get(key) if isinstance(found, dict) else None
    if found is None:
        return
    if not isinstance(found, dict):
        raise Unreadable(f"{'.'.join(holder)} is no object")
    for name, entry in found.items():
        yield _entry(name, (*holder, name), entry)


def _entry(name: str, at: tuple[str, ...], value: Json) -> Entry:
    if not isinstance(value, dict):
        return Entry(name, at, value, odd="is no object")
    command, arguments = value.get("command"), value.get("args", [])
    urls = [value[key] for key in _URLS if key in value]
    if command is None and not urls:
        return Entry(name, at, value, odd="names neither a command nor a URL")
    if command is not None and urls:
        return Entry(name, at, value, odd="names a command and a URL")
    if urls:
        known = len(urls) == 1 and isinstance(urls[0], str) and urls[0] != ""
        return Entry(name, at, value, url=urls[0]) if known else Entry(name, at, value, odd="its URL is no text")
    if not isinstance(command, str) or not command:
        return Entry(name, at, value, odd="its command is no text")
    if not isinstance(arguments, list) or not all(isinstance(word, str) for word in arguments):
        return Entry(name, at, value, odd="its args are no list of texts")
    return Entry(name, at, value, (command, *arguments))
