"""What can't happen: grants that nobody can use, denies that nothing reaches, limits of tools that nobody may call.

Guarantees: speaks only where the document itself shows it. What a server lacks it can't know.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_opa.policy import grants, patterns, schemas
from mcp_opa.policy.document import Document
from mcp_opa.policy.grants import Grant
from mcp_opa.policy.node import Page
from mcp_opa.policy.overlap import name_holds, names_meet, path_holds, paths_meet
from mcp_opa.policy.problem import Problem, shortened
from mcp_opa.policy.vocabulary import WRITE_VERBS
from mcp_opa.policy.words import segments

_MOST_PAIRS = 10_000
"""Allowed times denied globs of a grant that are compared at most."""
_LONGEST = 512
"""Characters of a glob that is compared."""
_LISTS = (
    "allowed_paths",
    "allowed_extensions",
    "allowed_operations",
    "allowed_tables",
    "allowed_hosts",
    "allowed_schemes",
)
_WHOLE_WORD = re.compile(r"(?<![*A-Za-z0-9])[A-Za-z0-9]+(?![*A-Za-z0-9])")


def advice(document: Document, page: Page) -> Iterator[Problem]:
    """What can't happen in `document`."""
    if not document.actors:
        yield page.problem((), "no actor is named, so every call is refused", "name them under `actors`")
    every = list(grants.every(document))
    for grant in every:
        yield from _denied_to_all(grant, document, page)
        yield from _empty(grant, page)
        yield from _never_reads(grant, page)
        yield from _denied_paths(grant, page)
        yield from _denied_words(grant, page)
        yield from _undeclared(grant, document, page)
    yield from _idle(document, {grant.entry for grant in every}, page)


def _denied_to_all(grant: Grant, document: Document, page: Page) -> Iterator[Problem]:
    for deny in document.global_deny_list:
        if name_holds(deny.lower(), grant.entry.lower()):
            told = f"`{grant.entry}` is granted here, and global_deny_list refuses it to everyone (`{deny}`)"
            yield page.problem(grant.path, told, "take it out of one of the two")
        elif grant.exact and names_meet(deny.lower(), grant.entry.lower()):
            told = f"`{grant.entry}` is granted here, and global_deny_list refuses part of it (`{deny}`)"
            yield page.problem(grant.path, told, "if that is meant, grant it with its server: `server_id/tool`")


def _empty(grant: Grant, page: Page) -> Iterator[Problem]:
    for key in _LISTS:
        if getattr(grant.held, key) == ():
            told = "an empty list allows nothing, so this grant permits no call"
            yield page.problem(grant.key(key), told, "list what is allowed, or take the grant out")


def _never_reads(grant: Grant, page: Page) -> Iterator[Problem]:
    """`access: read` on a pattern does not reach tools whose names say that they write."""
    verbs = [word for word in _WHOLE_WORD.findall(grant.tool) if word.lower() in WRITE_VERBS]
    if grant.held.access == "read" and not grant.exact and verbs:
        told = f"a pattern with `access: read` reaches no tool whose name says `{verbs[0]}`: this grant permits no call"
        yield page.problem(grant.path, told, "name each tool that reads in full, or write access: write")


def _denied_paths(grant: Grant, page: Page) -> Iterator[Problem]:
    allowed, denied = grant.held.allowed_paths or (), grant.held.denied_paths or ()
    if not allowed or len(allowed) * len(denied) > _MOST_PAIRS or max(map(len, (*allowed, *denied))) > _LONGEST:
        return
    folded = [patterns.fold(glob) for glob in allowed]
    for index, glob in enumerate(denied):
        deny = patterns.fold(glob)
        if not any(paths_meet(deny, allow) for allow in folded):
            told = f'"{shortened(glob, 60)}" denies what no allowed path covers: it does nothing'
            yield page.problem(
                grant.key("denied_paths", index), told, "take it out, or look whether allowed_paths says what is meant"
            )
    for index, allow in enumerate(folded):
        if deny := next((glob for glob in denied if path_holds(patterns.fold(glob), allow)), ""):
            told = f'"{shortened(allowed[index], 60)}" is allowed, and all of it denied by "{shortened(deny, 60)}"'
            yield page.problem(
                grant.key("allowed_paths", index), told, "nobody can use it: take it out of one of the two"
            )


def _denied_words(grant: Grant, page: Page) -> Iterator[Problem]:
    held = grant.held
    allowed = {patterns.fold(extension) for extension in held.allowed_extensions or ()}
    for index, extension in enumerate(held.denied_extensions or ()):
        if allowed and patterns.fold(extension) not in allowed:
            told = f'"{extension}" isn\'t among allowed_extensions: denying it does nothing'
            yield page.problem(grant.key("denied_extensions", index), told, "take it out")
        elif allowed:
            told = f'"{extension}" is allowed and denied: nobody can use it'
            yield page.problem(grant.key("denied_extensions", index), told, "take it out of one of the two")
    tables = {table.rpartition(".")[2].casefold() for table in held.allowed_tables or ()}
    for index, table in enumerate(held.denied_tables or ()):
        if tables and table.casefold() not in tables:
            told = f'"{table}" isn\'t among allowed_tables: denying it does nothing'
            yield page.problem(grant.key("denied_tables", index), told, "take it out")
        elif tables:
            told = f'"{table}" is allowed and denied: nobody can use it'
            yield page.problem(grant.key("denied_tables", index), told, "take it out of one of the two")


def _undeclared(grant: Grant, document: Document, page: Page) -> Iterator[Problem]:
    """Arguments that must be there, and that the policy's schema doesn't admit."""
    admitted = schemas.arguments(schemas.of_tool(document, grant.entry)) if grant.kinds and document.schemas else None
    for key in ("path_arguments", "sql_arguments", "url_arguments", "content_arguments"):
        for index, pointer in enumerate(getattr(grant.held, key) or ()):
            name = segments(pointer)[0]
            if (
                admitted is not None
                and name not in admitted
                and (key != "content_arguments" or grant.has("max_file_size"))
            ):
                told = f"the schema of {grant.entry} has no argument `{shortened(name, 60)}`, so every call is refused"
                yield page.problem(
                    grant.key(key, index),
                    told,
                    "name one of " + ", ".join(sorted(admitted)) if admitted else "look at the schema",
                )


def _idle(document: Document, granted: set[str], page: Page) -> Iterator[Problem]:
    """Limits and schemas of tools that nobody may call."""
    if document.default_action == "LOG_AND_ALLOW":
        return
    for section, told in (("rate_limits", "a rate limit"), ("schemas", "a schema")):
        for key in getattr(document, section):
            if not any(names_meet(key, entry) for entry in granted):
                mend = "grant the tool, spelled alike, or take this out"
                yield page.problem((section, key), f"{told} for a tool that nobody may call", mend, key=True)
