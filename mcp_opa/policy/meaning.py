"""What the lines of a document mean beside each other: contradictions, references to nothing, patterns that can't be judged.

Guarantees: a document without a problem here compiles, and no line of it means nothing. Advice is `review`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

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
        ids = [part.id for part in getattr(document, section)]
        yield from _twice(ids, lambda index, section=section: (section, index, "id"), page, "this id")
    yield from _twice(
        document.global_deny_list, lambda index: ("global_deny_list", index), page, "this entry", str.lower
    )
    yield from _groups(document, page, whole)
    for section, index, holder in _holders(document):
        yield from _holder(holder, (section, index), page)
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


def _twice(
    texts: Iterable[str], path: Callable[[int], Path], page: Page, what: str, fold: Callable[[str], str] = str
) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for index, text in enumerate(texts):
        first = seen.setdefault(fold(text), index)
        if first != index:
            line = page.problem(path(first), "", "").line
            yield page.problem(
                path(index), f'{what}, "{shortened(text, 60)}", stands twice, first on line {line}', "keep one of them"
            )


def _groups(document: Document, page: Page, whole: Node) -> Iterator[Problem]:
    known = {group.id: True for group in document.groups}
    known |= {str(item.fields["id"].value): True for item in whole.at("groups").items if "id" in item.fields}
    for index, actor in enumerate(document.actors):
        yield from _twice(actor.groups, lambda i, index=index: ("actors", index, "groups", i), page, "this group")
        for place, name in enumerate(actor.groups):
            if name not in known:
                mend = did_you_mean(name, known) or "write the group under `groups`, or take the name out"
                yield page.problem(
                    ("actors", index, "groups", place), f'there is no group "{shortened(name, 60)}"', mend
                )


def _holder(holder: Holder, home: Path, page: Page) -> Iterator[Problem]:
    yield from _twice(holder.allowed_tools, lambda index: (*home, "allowed_tools", index), page, "this entry")
    yield from _twice(holder.prompts, lambda index: (*home, "prompts", index), page, "this entry")
    for entry in holder.constraints:
        if entry not in holder.allowed_tools:
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
    for index, root in enumerate(roots or ()):
        for other in (roots or ())[:index]:
            if root == other:
                yield page.problem(grant.key("roots", index), f'"{root}" stands twice', "keep one of them")
            elif f"{root.rstrip('/')}/".startswith(f"{other.rstrip('/')}/") or f"{other.rstrip('/')}/".startswith(
                f"{root.rstrip('/')}/"
            ):
                told = f'"{root}" and "{other}" lie one inside the other'
                yield page.problem(
                    grant.key("roots", index),
                    told,
                    "keep the outer one, and narrow it by `allowed_paths`, or the inner one",
                )


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


_CHECKS = (_paths, _roots, _operations)
