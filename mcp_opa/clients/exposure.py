"""What a server of a configuration is reached by, and what it lays open.

Guarantees: secrets are told by their names and places, never by their values; of a URL neither user nor query is shown.
What looks like a secret is a guess by names and by formats of tokens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import ada_url

from mcp_opa.audit import redaction
from mcp_opa.clients.config import Entry
from mcp_opa.clients.wrapping import behind

_PATH = re.compile(
    r"(?:--?[\w-]+=)?((?:/|~|\.\.?/|[A-Za-z]:[\\/]|\$\{(?:workspaceFolder|userHome|HOME)\}).*)", re.DOTALL
)
_OPTION = re.compile(r"--?([\w-]+)(?:=(.*))?", re.DOTALL)
_CREDENTIALS = ("authorization", "x-api-key", "api-key", "cookie")
_HERE = ("127.0.0.1", "localhost", "[::1]")


@dataclass(frozen=True, slots=True)
class Exposure:
    """One server as a reviewer sees it."""

    transport: str
    """`stdio`, `http`, `sse`, or `odd` for what no client can use."""
    authentication: bool | None = None
    """Whether the client shows a credential; None over stdio, where whoever starts the server is who calls."""
    tls: bool | None = None
    """None over stdio."""
    command: str = ""
    """The server's own, behind the gateway."""
    gated: bool | None = None
    """Whether the gateway stands before it; None behind a URL, where it can't be seen from here."""
    url: str = ""
    public: bool = False
    """Whether the URL leads away from this machine."""
    secrets: list[str] = field(default_factory=list)
    """Where the configuration holds something that looks like a secret."""
    paths: list[str] = field(default_factory=list)
    """Arguments that are paths."""


def of(entry: Entry) -> Exposure:
    """What an entry lays open."""
    if entry.odd:
        return Exposure("odd")
    return _remote(entry) if entry.url else _local(entry)


def _local(entry: Entry) -> Exposure:
    inner = behind(entry.words)
    words = inner or entry.words
    secrets = [f"env {name}" for name, value in entry.under("env").items() if _secret(name, value)]
    paths = []
    for option, value in _options(words[1:]):
        if _secret(option, value):
            secrets.append(f"argument --{option}" if option else "an argument")
        elif _PATH.match(value):
            paths.append(value)
    return Exposure("stdio", command=words[0], gated=inner is not None, secrets=secrets, paths=paths)


def _remote(entry: Entry) -> Exposure:
    try:
        url = ada_url.URL(entry.url)
    except ValueError:
        return Exposure("odd")
    headers = entry.under("headers")
    inside = bool(url.username or url.password) or _token(entry.url) or any(map(redaction.names_secret, _names(url)))
    shows = any(name.lower() in _CREDENTIALS or _secret(name, value) for name, value in headers.items())
    kind = entry.value.get("type", entry.value.get("transport"))
    return Exposure(
        "sse" if kind == "sse" else "http",
        authentication=shows or inside or "oauth" in entry.value or "auth" in entry.value,
        tls=url.protocol == "https:",
        url=f"{url.protocol}//{url.host}{url.pathname}",
        public=url.hostname not in _HERE,
        secrets=[f"header {name}" for name, value in headers.items() if _secret(name, value)] + ["the URL"] * inside,
    )


def _options(arguments: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each argument that is no option, with the option that it belongs to."""
    option = ""
    for argument in arguments:
        found = _OPTION.fullmatch(argument)
        if found and found[2] is None:
            option = found[1]
        else:
            yield (found[1], found[2]) if found else (option, argument)
            option = ""


def _names(url: ada_url.URL) -> list[str]:
    return [pair.partition("=")[0] for pair in url.search.removeprefix("?").split("&")]


def _secret(name: str, value: str) -> bool:
    return bool(value) and (redaction.names_secret(name) or _token(value))


def _token(value: str) -> bool:
    """Whether a text holds a token of a known format."""
    return redaction.GONE in redaction.excerpt(value)
