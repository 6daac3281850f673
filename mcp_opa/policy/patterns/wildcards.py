"""Patterns of one name (`*` alone is special), sorted by what a name is looked up by.

Guarantees: a name finds the patterns that may cover it by its own text and by how it starts or ends, each with what is
left to prove. Does not judge names: `mcp.lib.path` does.

The form is `[exact, starts, ends]`: `{name: [PROOF…]}`, and `[[length, {text: [PROOF…]}], …]` twice. PROOF is
`[inside, end, regex]`: the text that the rest of the name holds, the text that it ends with, and a regex of the whole
path; each may be empty.
"""

import re

from mcp_opa.model import Json

_Proofs = dict[str, list[list[str]]]


class Wildcards:
    """The form in the making."""

    def __init__(self) -> None:
        self._exact: _Proofs = {}
        self._starts: dict[int, _Proofs] = {}
        self._ends: dict[int, _Proofs] = {}

    def add(self, name: str, segments: list[str], proof: str = "") -> None:
        """Add a name of the glob `segments`. `proof` is a regex of the whole path, where a name says too little."""
        if "*" not in name:
            self._exact.setdefault(name, []).append(["", "", proof])
            return
        start, *inside, end = re.split(r"\*+", name)
        if len(inside) > 1 or (inside and end):
            proof, inside = proof or regex(segments), []
        if end and not start and not inside:
            self._ends.setdefault(len(end), {}).setdefault(end, []).append(["", "", proof])
        else:
            self._starts.setdefault(len(start), {}).setdefault(start, []).append(["".join(inside), end, proof])

    def json(self) -> Json:
        """The form."""
        return [self._exact, _by_length(self._starts), _by_length(self._ends)]


def _by_length(texts: dict[int, _Proofs]) -> Json:
    return [[length, proofs] for length, proofs in sorted(texts.items())]


def regex(segments: list[str]) -> str:
    """What a path, from its root on, matches if the glob `segments` covers it, in RE2's syntax."""
    rest = "".join("(?:/.*)?" if segment == "**" else "/" + _name(segment) for segment in segments[1:])
    return rf"(?s)\A{literal(segments[0])}{rest}\z"


def _name(segment: str) -> str:
    return "[^/]+" if segment == "*" else "[^/]*".join(map(literal, re.split(r"\*+", segment)))


def literal(text: str) -> str:
    """A regex of `text` alone, in RE2's syntax: everything but ASCII letters and digits by its code point."""
    return "".join(letter if letter.isascii() and letter.isalnum() else rf"\x{{{ord(letter):x}}}" for letter in text)
