"""Host patterns of URLs: names, `*` for a label, `**.x`, `**`, addresses; each may end in `:port`.

Guarantees: an entry is found by what a URL fact says of a host (lower case, ASCII, as WHATWG serialises it). Does not
resolve names.

HOSTS is `{"exact": {host: PORTS}, "below": {suffix: PORTS}, "sizes": [labels…], "shapes": [[[any…], {host: PORTS}]…]}`:
hosts spelled out; `**.x` by what follows the dot (`**` by the empty text), with the numbers of labels that occur there;
entries with `*`, by which of their labels are any. PORTS is `[default, [port…]]`: whether the scheme's default port is
covered, and the ports that entries name.
"""

import re
from collections.abc import Iterable

import ada_url

from mcp_opa.model import Json

_ENTRY = re.compile(r"(?P<host>\[[^\]]*\]|[^:\[\]]*)(?::(?P<port>[0-9]{1,5}))?")
_FOREIGN = re.compile(r"[/\\?#@%\s]")
_HIGHEST_PORT = 65535
_INTERNAL = (
    *("localhost", "localdomain", "local", "internal", "lan", "home", "corp", "intranet", "test", "invalid", "onion"),
    "home.arpa",
)
_PLACE = "any"
"""Stands for `*` while the labels beside it are parsed."""


class _Unfit(ValueError):
    """An entry that no URL meets, or that says something else than it seems to; and what to write instead."""


def hosts(entries: Iterable[str]) -> Json:
    """HOSTS of `entries`, each without a `host_problem`."""
    exact: dict[str, Json] = {}
    below: dict[str, Json] = {}
    shapes: dict[tuple[bool, ...], dict[str, Json]] = {}
    for host, port in sorted({_read(entry) for entry in entries}):
        labels = host.split(".")
        if labels[0] == "**":
            _open(below, ".".join(labels[1:]), port)
        elif "*" in labels:
            _open(shapes.setdefault(tuple(label == "*" for label in labels), {}), host, port)
        else:
            _open(exact, host, port)
    sizes = sorted({len(suffix.split(".")) if suffix else 0 for suffix in below})
    return {
        "exact": exact,
        "below": below,
        "sizes": sizes,
        "shapes": [[[*anys], shapes[anys]] for anys in sorted(shapes)],
    }


def host_problem(entry: str) -> str | None:
    """What is wrong with an entry, and what to write instead; None if it is fine."""
    try:
        _read(entry)
    except _Unfit as unfit:
        return str(unfit)
    return None


def _open(found: dict[str, Json], host: str, port: int) -> None:
    ports = found.setdefault(host, [False, []])
    if port:
        ports[1].append(port)
    else:
        ports[0] = True


def _read(entry: str) -> tuple[str, int]:
    """The host of `entry` as a URL fact has it, `*` and `**` left in, and its port; 0 where it names none."""
    if _FOREIGN.search(entry):
        raise _Unfit("an entry is a host, with a port at most: write `api.example.com` or `api.example.com:8443`")
    parts = _ENTRY.fullmatch(entry)
    if not parts:
        raise _Unfit("this is no host; an IPv6 address stands in brackets: write `[2001:db8::1]:8443`")
    if parts["port"] and not 1 <= int(parts["port"]) <= _HIGHEST_PORT:
        raise _Unfit(f"a port is a number from 1 to {_HIGHEST_PORT}")
    host = parts["host"]
    return _pattern(host.split(".")) if "*" in host else _parsed(host, host), int(parts["port"] or 0)


def _pattern(labels: list[str]) -> str:
    if any("*" in label and label not in {"*", "**"} for label in labels):
        raise _Unfit("`*` stands for a whole label: write `*.example.com`, or each host in full")
    if "**" in labels[1:] or {"*", "**"} <= {*labels}:
        raise _Unfit("`**` stands first and with no other `*`: write `**.example.com`")
    if labels == ["**"]:
        return "**"
    text = ".".join(labels)
    parsed = _parsed(".".join(_PLACE if "*" in label else label for label in labels), text).split(".")
    if len(parsed) != len(labels):
        raise _Unfit("something in it is read as a dot: write plain dots between the labels")
    if labels[-1] == "*" or any(f".{text}".endswith(f".{name}") for name in _INTERNAL):
        raise _Unfit("a pattern covers public names alone: write each internal name in full")
    return ".".join(label if "*" in label else name for label, name in zip(labels, parsed, strict=True))


def _parsed(host: str, text: str) -> str:
    try:
        parsed: str = ada_url.URL(f"https://{host}/").hostname
    except ValueError:
        raise _Unfit("this is no host: write a name, an IPv4 address, or an IPv6 address in brackets") from None
    if "" in parsed.split("."):
        raise _Unfit("a host has no empty label, and no dot at its end")
    if parsed.rpartition(".")[2].isdecimal() and parsed != text:
        raise _Unfit(
            "an address has no pattern: write it in full" if "*" in text else f"write the address as `{parsed}`"
        )
    return parsed
