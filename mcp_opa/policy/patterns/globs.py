r"""What a path glob may be: `*` within a segment, `**` for whole segments, everything else as it stands.

Guarantees: a glob without a problem means what it seems to, and can cover a path in canonical form. Says what to write
instead of a foreign pattern (`?`, `{a,b}`, `[..]`, `\`, `!`, `~`, `$VAR`). Does not say whether it is wise.
"""

import re

from mcp_opa.policy.patterns.canonical import fault

_FOREIGN = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (r"\A!", "`!` does not negate: put what it leaves out under a deny"),
        (r"[?\[\]{}|!]", "only `*` and `**` are special: write one entry for each case, or `*`"),
        (r"\\", "a backslash neither escapes nor separates: write `/` between folders"),
        (r"\A~", "`~` is not replaced by a home: write the folder in full"),
        (r"\$[A-Za-z_(]", "no variable is replaced: write its value"),
        (r"\A\^|\$\Z", "this is no regular expression: leave out `^` and `$`"),
        (r"[^/]\*\*|\*\*[^/]", "`**` stands for whole segments alone: write `docs/**/*.md`, or `docs*` with one `*`"),
    )
)
_URI = re.compile(r"[a-z][a-z0-9+.-]*:(//[^/]*(?=/|\Z))?(.*)", re.DOTALL)


def path_problem(glob: str, *, deny: bool, rooted: bool) -> str | None:
    """What is wrong with a path glob, and what to write instead; None if it is fine. `rooted`: it is below `roots`."""
    if rooted and glob.startswith("/"):
        return "below `roots` a pattern is relative to the root: write it without the leading `/`"
    if told := _foreign(glob):
        return told
    if told := fault(re.sub(r"\*+", "xx", glob)):
        return f"it {told}: every path that is written so is refused{' anyway' if deny else ''}"
    return None


def uri_problem(glob: str) -> str | None:
    """What is wrong with a pattern of resources, and what to write instead; None if it is fine."""
    if glob == "**":
        return None
    parts = _URI.fullmatch(glob)
    if not parts:
        return "a resource is named by its URI: begin with the scheme, as in `file:///srv/docs/**`"
    authority, path = parts[1] or "", parts[2]
    if told := _foreign(authority):
        return told
    return path_problem(path, deny=False, rooted=False) if path or not authority else None


def _foreign(glob: str) -> str | None:
    return next((told for pattern, told in _FOREIGN if pattern.search(glob)), None)
