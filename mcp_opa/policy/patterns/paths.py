"""Path globs, sorted into what a path is looked up by.

Guarantees: looking a path up takes steps in proportion to its depth, whatever the number of globs. Does not judge
paths: `mcp.lib.path` does.

PATHS is `{"exact": {path: true}, "levels": [[depth, {folder: NODE}], …], "folds": {…}, "encoded": {…}}`. A path hangs
from a root, `.` (of relative ones) or the empty segment, which is its first level. A NODE is what globs say below a
folder that they spell out: `[all, below, within, here*, below*, within*]`, that is whether there is `folder/**`, then
the names (`wildcards.py`) without `*` in `folder/**/NAME`, and in `folder/**/NAME/**` or whatever else has such a name;
then those with `*`, in `folder/NAME`, and in the same two. `folds` and `encoded` are for denies (`folding.py`).
"""

from collections.abc import Iterable, Iterator

from mcp_opa.model import Json
from mcp_opa.policy.patterns.folding import encodings, folds
from mcp_opa.policy.patterns.folding import fold as folded
from mcp_opa.policy.patterns.wildcards import Wildcards, regex


def paths(globs: Iterable[str], *, fold: bool = False) -> Json:
    """PATHS of `globs`, each without a `path_problem`.

    `fold` for denies: they ignore case, and a wildcard that they begin with covers absolute paths too.
    """
    index = _Index()
    if not fold:
        for glob in sorted(set(globs)):
            index.add(_segments(glob))
        return {**index.json(), "folds": {}, "encoded": {}}
    lower = sorted({folded(glob) for glob in globs})
    for glob in lower:
        for segments in _denied(_segments(glob)):
            index.add(segments)
    return {**index.json(), "folds": folds(lower), "encoded": encodings(lower)}


def _segments(glob: str) -> list[str]:
    segments = (glob if glob.startswith("/") else f"./{glob}").split("/")
    return [segment for i, segment in enumerate(segments) if segment != "**" or segments[i - 1] != "**"]


def _denied(segments: list[str]) -> Iterator[list[str]]:
    """What a deny covers: a leading wildcard reaches over the root, and a lone `*` covers the root, though nameless."""
    root, first, *rest = segments
    yield segments
    if {first, *rest} <= {"*", "**"} and segments.count("*") == 1:
        yield [root, ""]
    if root == "." and first == "**":
        yield from _denied(["", first, *rest])
        yield from _denied([root, *rest]) if rest[:1] == ["*"] else ()
    if root == "." and first == "*" and rest:
        yield from _denied(["", *rest])


class _Node:
    """What globs say below one folder."""

    def __init__(self) -> None:
        self.all = False
        self.here, self.below, self.within = Wildcards(), Wildcards(), Wildcards()

    def json(self) -> Json:
        names = (self.here, self.below, self.within)
        return [self.all, self.below.exact, self.within.exact, *(name.starred() for name in names)]


class _Index:
    """PATHS in the making: globs by the folder that they spell out."""

    def __init__(self) -> None:
        self._exact: dict[str, bool] = {}
        self._levels: dict[int, dict[str, _Node]] = {}

    def add(self, segments: list[str]) -> None:
        depth = next((i for i, segment in enumerate(segments) if "*" in segment), None)
        if depth is None:
            self._exact["/".join(segments)] = True
            return
        node = self._levels.setdefault(depth, {}).setdefault("/".join(segments[:depth]), _Node())
        match segments[depth:]:
            case ["**"]:
                node.all = True
            case [name]:
                node.here.add(name, segments)
            case ["**", name]:
                node.below.add(name, segments)
            case ["**", name, "**"]:
                node.within.add(name, segments)
            case rest:
                name = max((segment for segment in reversed(rest) if segment != "**"), key=_telling)
                names = node.below if name == rest[-1] else node.within
                names.add(name, segments, proof=regex(segments))

    def json(self) -> dict[str, Json]:
        levels = [
            [depth, {folder: node.json() for folder, node in folders.items()}]
            for depth, folders in sorted(self._levels.items())
        ]
        return {"exact": self._exact, "levels": levels}


def _telling(segment: str) -> tuple[bool, int]:
    """How few names a segment is likely to cover."""
    return "*" not in segment, max(map(len, segment.split("*")))
