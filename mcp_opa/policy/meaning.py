"""What the lines of a document mean beside each other: contradictions, references to nothing, odd patterns.

Guarantees: a document without a problem here compiles, and no line of it means nothing. Advice is `review`'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from mcp_opa.policy import grants, patterns, schemas, vocabulary
from mcp_opa.policy.document import Document, Holder
from mcp_opa.policy.grants import Grant
from mcp_opa.policy.node import Node, Page, Path
from mcp_opa.policy.operations import READING
from mcp_opa.policy.problem import Problem, did_you_mean, shortened
from mcp_opa.policy.words import segments


def problems(document: Document, page: Page, whole: Node) -> Iterator[Problem]:
    """The errors in a document that is sound value by value. `whole` is its tree with what was unsound still in it."""
    for section in ("actors", "groups", "tests"):
        yield from _twice(_ids(whole.at(section)), Page(page.file, whole), "this id", (section,), ("id",))
    yield from _twice(map(str.lower, document.global_deny_list), page, "this entry", ("global_deny_list",))
    yield from _groups(document, page, whole)
    for section, index, holder in _holders(document):
        yield from _holder(holder, (section, index), page, whole)
    for entry, schema in document.schemas.items():
        if told := schemas.problem(schema):
            yield page.problem(("schemas", entry), *told)
    for grant in grants.every(document):
        for check in _CHECKS:
            yield from check(grant, page)
        yield from _no_content(grant, document, page)


def _holders(document: Document) -> Iterator[tuple[str, int, Holder]]:
    sections: tuple[tuple[str, Sequence[Holder]], ...] = (("actors", document.actors), ("groups", document.groups))
    return ((section, index, holder) for section, holders in sections for index, holder in enumerate(holders))


def _twice(texts: Iterable[str], page: Page, what: str, home: Path, below: Path = ()) -> Iterator[Problem]:
    """What stands twice in the list at `home`; `below` leads from an item to its text."""
    seen: dict[str, int] = {}
    for index, text in enumerate(texts):
        first = seen.setdefault(text, index)
        if first != index:
            line = page.problem((*home, first, *below), "", "").line
            told = f'{what}, "{shortened(text, 60)}", stands twice, first on line {line}'
            yield page.problem((*home, index, *below), told, "keep one of them")


def _ids(section: Node) -> list[str]:
    """The ids in a section, a text for each entry, wrong ones too."""
    return [str(entry.at("id").value) if "id" in entry.fields else f"?{n}" for n, entry in enumerate(section.items)]


def _groups(document: Document, page: Page, whole: Node) -> Iterator[Problem]:
    known = dict.fromkeys(_ids(whole.at("groups")))
    for index, actor in enumerate(document.actors):
        yield from _twice(actor.groups, page, "this group", ("actors", index, "groups"))
        for place, name in enumerate(actor.groups):
            if name not in known:
                mend = did_you_mean(name, known) or "write the group under `groups`, or take the name out"
                yield page.problem(
                    ("actors", index, "groups", place), f'there is no group "{shortened(name, 60)}"', mend
                )


def _holder(holder: Holder, home: tuple[str, int], page: Page, whole: Node) -> Iterator[Problem]:
    yield from _twice(holder.allowed_tools, page, "this entry", (*home, "allowed_tools"))
    yield from _twice(holder.prompts, page, "this entry", (*home, "prompts"))
    section, index = home
    stated = whole.at(section, page.root.at(section).labels[index]).fields.get("allowed_tools", _NOTHING).value
    for entry in holder.constraints:
        if isinstance(stated, list) and entry not in stated:
            near = did_you_mean(entry, holder.allowed_tools)
            mend = near or f"put `{shortened(entry, 60)}` into allowed_tools, spelled alike, or take it out here"
            yield page.problem((*home, "constraints", entry), "allowed_tools has no such entry", mend, key=True)


def _paths(grant: Grant, page: Page) -> Iterator[Problem]:
    rooted = bool(grant.held.roots)
    for key, deny in (("allowed_paths", False), ("denied_paths", True)):
        for index, glob in enumerate(getattr(grant.held, key) or ()):
            if told := patterns.path_problem(glob, deny=deny, rooted=rooted):
                message, _, mend = told.partition(": ")
                said = f'"{shortened(glob, 60)}": {message}'
                yield page.problem(grant.key(key, index), said, mend or "write it like `docs/**`")


def _roots(grant: Grant, page: Page) -> Iterator[Problem]:
    roots = grant.held.roots
    if roots == ():
        yield page.problem(
            grant.key("roots"),
            "no root is named, so every path would be refused",
            "name a folder, or take the line out",
        )
    yield from _twice(roots or (), page, "this root", grant.key("roots"))
    for index, root in enumerate(roots or ()):
        for other in (roots or ())[:index]:
            inner, outer = sorted((f"{root.rstrip('/')}/", f"{other.rstrip('/')}/"), key=len, reverse=True)
            if inner != outer and inner.startswith(outer):
                told = f'"{root}" and "{other}" lie one inside the other'
                mend = "keep the outer one, and narrow it by `allowed_paths`, or the inner one"
                yield page.problem(grant.key("roots", index), told, mend)


def _operations(grant: Grant, page: Page) -> Iterator[Problem]:
    if grant.held.access != "read":
        return
    for index, operation in enumerate(grant.held.allowed_operations or ()):
        if operation not in READING:
            told = f"`access: read`, and {operation} writes"
            yield page.problem(
                grant.key("allowed_operations", index), told, f"take {operation} out, or write access: write"
            )


def _no_content(grant: Grant, document: Document, page: Page) -> Iterator[Problem]:
    """`max_file_size` on a tool that a schema shows to have no content."""
    if not grant.has("max_file_size"):
        return
    admitted = schemas.arguments(schemas.of_tool(document, grant.entry))
    measured = {segments(pointer)[0] for pointer in grant.held.content_arguments or vocabulary.ARGUMENTS["content"]}
    if admitted is not None and admitted.isdisjoint(measured):
        told = f"the schema of {grant.entry} has no content argument, so every call would be refused"
        yield page.problem(
            grant.key("max_file_size"), told, "name the arguments to measure (content_arguments), or take the line out"
        )


_NOTHING = Node([], 1, 1)
_CHECKS = (_paths, _roots, _operations)
