"""What several holders say of one tool: groups that undo each other's denies, and prompts that bear a tool's name.

Guarantees: looks at the groups that the document gives an actor; those that an authenticator adds it can't know.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from mcp_opa.policy import grants, patterns
from mcp_opa.policy.document import Document
from mcp_opa.policy.grants import Grant
from mcp_opa.policy.node import Page, Path
from mcp_opa.policy.overlap import names_meet, paths_meet
from mcp_opa.policy.problem import Problem, shortened

_DENIES = ("denied_paths", "denied_extensions", "denied_tables")


def advice(document: Document, page: Page) -> Iterator[Problem]:
    """Where the holders of `document` get in each other's way."""
    yield from _undone(document, page)
    yield from _unnamed(document, page)
    yield from _prompts(document, page)


def _undone(document: Document, page: Page) -> Iterator[Problem]:
    shared = {group.id: list(grants.of(group, ("groups", index))) for index, group in enumerate(document.groups)}
    pairs: set[tuple[Path, Path]] = set()
    for index, actor in enumerate(document.actors):
        holders = [list(grants.of(actor, ("actors", index))), *(shared[name] for name in actor.groups)]
        for one, other in combinations(holders, 2):
            for a in one:
                for b in other:
                    if (a.path, b.path) not in pairs and names_meet(a.entry, b.entry):
                        pairs.add((a.path, b.path))
                        yield from _looser(a, b, actor.id, page)
                        yield from _looser(b, a, actor.id, page)


def _looser(strict: Grant, loose: Grant, actor: str, page: Page) -> Iterator[Problem]:
    """What `strict` denies and `loose` permits, to one actor that holds both."""
    for key in _DENIES:
        denied = {patterns.fold(entry) for entry in getattr(strict.held, key) or ()}
        undone = denied - {patterns.fold(entry) for entry in getattr(loose.held, key) or ()}
        if any(_reaches(loose, key, entry) for entry in undone):
            holder = f'the {str(loose.home[0]).rstrip("s")} "{shortened(loose.holder.id, 40)}"'
            given = f'{holder} grants `{loose.entry}` to actor "{shortened(actor, 40)}" without this'
            mend = "state it there too, or keep the actor from having both grants"
            yield page.problem(strict.key(key), f"{given}, and one grant that permits is enough", mend, key=True)


def _reaches(loose: Grant, key: str, entry: str) -> bool:
    """Whether a grant may permit what an entry denies elsewhere."""
    allowed = [patterns.fold(text) for text in getattr(loose.held, key.replace("denied", "allowed")) or ()]
    if key == "denied_paths":
        return not allowed or any(paths_meet(entry, glob) for glob in allowed)
    return not allowed or entry in {text.rpartition(".")[2] if key == "denied_tables" else text for text in allowed}


def _unnamed(document: Document, page: Page) -> Iterator[Problem]:
    named = {name for actor in document.actors for name in actor.groups}
    for index, group in enumerate(document.groups):
        if group.id not in named:
            told = f'no actor here is in the group "{shortened(group.id, 60)}": only an authenticator can put one in'
            yield page.problem(("groups", index), told, "name it in an actor's `groups`, unless that is meant")


def _prompts(document: Document, page: Page) -> Iterator[Problem]:
    tools = {grant.tool for grant in grants.every(document) if grant.exact} | {
        entry.rpartition("/")[2] for entry in (*document.schemas, *document.rate_limits, *document.global_deny_list)
    }
    for section in ("actors", "groups"):
        for index, holder in enumerate(getattr(document, section)):
            for place, prompt in enumerate(holder.prompts):
                if prompt.rpartition("/")[2] in tools:
                    told = f"the prompt `{prompt}` bears a tool's name: as a prompt its arguments aren't judged"
                    mend = "put tools under allowed_tools; rename the prompt if it is one"
                    yield page.problem((section, index, "prompts", place), told, mend)
