"""Patterns of one name (`*` alone is special), sorted by what a name is looked up by.

Guarantees: a name finds the patterns that may cover it by its own text, or by how it starts or ends, each with what is
left to prove. Does not judge names: `mcp.lib.path` does.

`exact` is `{name: [REGEX…]}`, of names without `*`: a REGEX of the whole path, or "" where nothing is left to prove.
`starred()` is `[starts, ends]`, or null where there are none: `[[length, {text: [[inside, end, REGEX]…]}]…]`, with the
texts that the rest of the name holds and ends with, and `[[length, {reversed text: [REGEX…]}]…]`.
"""

import re

from mcp_opa.model import Json


class Wildcards:
    """The patterns, in the making."""

    def __init__(self) -> None:
        self.exact: dict[str, list[str]] = {}
        self._starts: dict[int, dict[str, Json]] = {}
        self._ends: dict[int, dict[str, Json]] = {}

    def add(self, name: str, segments: list[str], proof: str = "") -> None:
        """Add a name of the glob `segments`. `proof` is a regex of the whole path, where a name says too little."""
        if "*" not in name:
            self.exact.setdefault(name, []).append(proof)
            return
        start, *inside, end = re.split(r"\*+", name)
        if len(inside) > 1 or (inside and end):
            proof, inside = proof or regex(segments), []
        if end and not start and not inside:
            self._ends.setdefault(len(end), {}).setdefault(end[::-1], []).append(proof)
        else:
            self._starts.setdefault(len(start), {}).setdefault(start, []).append(["".join(inside), end, proof])

    def starred(self) -> Json:
        """The patterns with `*`."""
        if not self._starts and not self._ends:
            return None
        return [[[length, texts[length]] for length in sorted(texts)] for texts in (self._starts, self._ends)]


def regex(segments: list[str]) -> str:
    """What a path, from its root on, matches if the glob `segments` covers it, in RE2's syntax."""
    rest = "".join("(?:/.*)?" if segment == "**" else "/" + _name(segment) for segment in segments[1:])
    return rf"(?s)\A{literal(segments[0])}{rest}\z"


def _name(segment: str) -> str:
    return "[^/]+" if segment == "*" else "[^/]*".join(map(literal, re.split(r"\*+", segment)))


def literal(text: str) -> str:
    """A regex of `text` alone, in RE2's syntax: everything but ASCII letters and digits by its code point."""
    return "".join(letter if letter.isascii() and letter.isalnum() else rf"\x{{{ord(letter):x}}}" for letter in text)
