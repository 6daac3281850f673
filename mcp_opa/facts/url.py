"""Which host a URL names, told only where no two clients could tell differently.

Guarantees: a URL that is *known* begins, case aside, with the very scheme, host and port that the WHATWG standard reads
in it, and holds nothing that some client would strip, decode, or take for user information. Whatever else is given, the
answer is *not known*, with the problem in a few words. Nothing is raised.

It looks nothing up: what a name resolves to, and where a server redirects, stay open.
"""

from __future__ import annotations

import re

from ada_url import URL

from mcp_opa.model import Json

MAX_LENGTH = 65_536
"""Characters of a text that is read as a URL."""

_PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
"""The schemes in whose URLs clients look for a host, with their default ports."""
_INTERNAL = {
    "localhost", "localdomain", "local", "internal", "lan", "home", "corp", "intranet", "test", "invalid", "onion",
}  # fmt: skip
"""Last labels that no public name has; `home.arpa` is the one of two labels."""

_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\\]")
_BEGINNING = re.compile(
    r"(?P<scheme>[A-Za-z]+)://(?P<host>[A-Za-z0-9._-]+|\[[0-9A-Fa-f:]+\])(?::(?P<port>0|[1-9][0-9]{0,4}))?(?=[/?#]|\Z)"
)
_ADDRESS = re.compile(r"\[.*\]|[0-9]+(?:\.[0-9]+){3}")
_NAME = re.compile(r"(?=.{1,253}\Z)[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")


class _Unclear(ValueError):
    """The text could be read in more than one way; the message says why."""


def read(text: str) -> dict[str, Json]:
    """The fact `url` of the contract: scheme, host, port and class of the host, or the problem with the text."""
    try:
        return _read(text)
    except _Unclear as problem:
        return {"known": False, "problem": str(problem)}


def uri(text: str) -> dict[str, Json]:
    """The fact `uri` of the contract: whether a resource's URI is in canonical form, its scheme and undecoded path."""
    try:
        url = _parsed(text)
    except _Unclear:
        return {"canonical": False, "scheme": "", "path": ""}
    scheme = url.protocol[:-1]
    canonical = url.href == text
    if scheme == "file":
        canonical = canonical and not url.hostname and "?" not in text and "#" not in text
    return {"canonical": canonical, "scheme": scheme, "path": url.pathname}


def _read(text: str) -> dict[str, Json]:
    if unsafe := _UNSAFE.search(text):
        raise _Unclear(_named(unsafe[0]))
    url = _parsed(text)
    begins = _BEGINNING.match(text)
    scheme, host, port = (part.lower() for part in begins.groups("")) if begins else ("", "", "")
    default = _PORTS.get(scheme, 0)
    standard = f"{scheme}://{host}{f':{port}' if port and int(port) != default else ''}/"
    if not default or not url.href.startswith(standard):
        raise _Unclear(_difference(text, url))
    host, kind = _classified(host)
    number = int(port or default)
    return {
        "known": True, "scheme": scheme, "host": host, "port": number, "default_port": number == default, "class": kind,
    }  # fmt: skip


def _parsed(text: str) -> URL:
    if len(text) > MAX_LENGTH:
        raise _Unclear(f"longer than {MAX_LENGTH} characters")
    try:
        return URL(text)
    except ValueError as error:  # of which a lone surrogate is one
        raise _Unclear("not a URL") from error


def _classified(host: str) -> tuple[str, str]:
    if _ADDRESS.fullmatch(host):
        return host, "address"
    host = host.removesuffix(".")
    if not _NAME.fullmatch(host):
        raise _Unclear("a host that is no name: a label is empty or too long")
    labels = host.split(".")
    internal = len(labels) == 1 or labels[-1] in _INTERNAL or labels[-2:] == ["home", "arpa"]
    return host, "internal" if internal else "public"


def _named(character: str) -> str:
    if character == "\\":
        return "a backslash"
    return "white space" if character.isspace() else "a control character"


def _difference(text: str, url: URL) -> str:
    """What the standard reads in a text that does not begin as it is read."""
    scheme = url.protocol[:-1]
    if scheme not in _PORTS:
        return f"the scheme {scheme[:20]}, in whose URLs clients don't look for the same host"
    if url.username or url.password or "@" in re.split("[/?#]", text.partition("://")[2], maxsplit=1)[0]:
        return "user information"
    return f"read as {scheme}://{url.host[:100]}, and not written so"
