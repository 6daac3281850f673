"""What a policy leaves open: tools that read everything, writes without scope, arguments that nothing judges.

Guarantees: speaks of the tools' names and of the policy's own schemas; what a server does with an argument it can't
know.
"""

from __future__ import annotations

from collections.abc import Iterator

from mcp_opa.policy import grants, schemas
from mcp_opa.policy.document import Document
from mcp_opa.policy.grants import Grant
from mcp_opa.policy.node import Page
from mcp_opa.policy.operations import READING, UNDERSTOOD
from mcp_opa.policy.problem import Problem
from mcp_opa.policy.vocabulary import ARGUMENTS, READ_VERBS, WRITE_VERBS, words

_SPEAKS = {
    "path": ({"file", "files", "filename", "path", "paths", "dir", "directory", "folder"}, "files", "allowed_paths"),
    "sql": ({"sql", "database", "db"}, "a database", "allowed_operations"),
    "url": ({"url", "urls", "http", "fetch", "browse", "download", "crawl", "scrape"}, "URLs", "allowed_hosts"),
}
"""Words of a tool's name that show a kind of argument, what that is, and the constraint that holds it."""
_TELLING = {"path": {*ARGUMENTS["path"], "paths"}, "sql": {"sql"}, "url": {*ARGUMENTS["url"], "urls"}}
_NAMED_BY = {"path": "path_arguments", "size": "content_arguments", "sql": "sql_arguments", "url": "url_arguments"}


def advice(document: Document, page: Page) -> Iterator[Problem]:
    """What `document` leaves open."""
    if document.default_action == "LOG_AND_ALLOW":
        told = "while this stands, calls run that nothing grants; they are marked in the record"
        yield page.problem(("default_action",), told, "write DENY when the roll-out is over")
    for grant in grants.every(document):
        yield from _unscoped(grant, page)
        yield from _unconstrained(grant, document, page)
        yield from _unpinned(grant, document, page)
        yield from _without_effect(grant, page)
        yield from _statements(grant, page)
    for entry, schema in document.schemas.items():
        if schema.get("additionalProperties") in (True, {}):
            told = "this schema admits arguments that it doesn't declare, and nothing judges those"
            yield page.problem(
                ("schemas", entry, "additionalProperties"),
                told,
                "take the line out: what isn't declared is refused then",
            )


def _unscoped(grant: Grant, page: Page) -> Iterator[Problem]:
    if grant.access != "write" or grant.scoped:
        return
    known = words(grant.tool)
    if (
        grant.held.access is None
        and WRITE_VERBS.isdisjoint(known)
        and known[:1] not in {(verb,) for verb in READ_VERBS}
    ):
        told = f"nothing says whether `{grant.entry}` reads or writes: it counts as a write, and has no scope"
        mend = "until then its calls are refused: write access: read under its name in constraints, or a scope"
        yield page.problem(grant.path, told, mend)
    else:
        told = f"`{grant.entry}` writes, and without a scope every call is refused"
        mend = "state allowed_paths, allowed_operations, allowed_tables or allowed_hosts; or scope: any"
        yield page.problem(grant.path, told, mend)


def _unconstrained(grant: Grant, document: Document, page: Page) -> Iterator[Problem]:
    found = schemas.of_tool(document, grant.entry) if document.schemas else []
    declared = {name for schema in found for name in _properties(schema)}
    for kind, (speaking, what, key) in _SPEAKS.items():
        known = schemas.arguments(found)
        told = (
            not _TELLING[kind].isdisjoint(declared)
            if known is not None
            else not speaking.isdisjoint(words(grant.tool)) or not _TELLING[kind].isdisjoint(declared)
        )
        if told and kind not in grant.kinds:
            does = "reads" if grant.access == "read" else "reaches"
            message = (
                f"`{grant.entry}` speaks of {what} and has no constraint on them: it {does} whatever its server can"
            )
            yield page.problem(grant.path, message, f"state {key} under its name in constraints")


def _properties(schema: dict[str, object]) -> set[str]:
    properties = schema.get("properties", {})
    return set(properties) if isinstance(properties, dict) else set()


def _unpinned(grant: Grant, document: Document, page: Page) -> Iterator[Problem]:
    """Constraints on the usual arguments of a tool that may have others."""
    open_ = [kind for kind in grant.kinds if kind in _NAMED_BY and not grant.has(_NAMED_BY[kind])]
    if not open_ or schemas.arguments(schemas.of_tool(document, grant.entry)) is not None:
        return
    keys = " and ".join(_NAMED_BY[kind] for kind in open_)
    told = "only arguments of the usual names are judged: one of another name would not be"
    yield page.problem(grant.key(), told, f"name them ({keys}), or pin the tool's arguments under `schemas`", key=True)


def _without_effect(grant: Grant, page: Page) -> Iterator[Problem]:
    if grant.has("limit_argument") and not grant.has("max_rows"):
        yield page.problem(
            grant.key("limit_argument"), "without max_rows this does nothing", "state max_rows, or take it out"
        )
    if grant.has("content_arguments") and not grant.has("max_file_size"):
        told = "without max_file_size this does nothing"
        yield page.problem(grant.key("content_arguments"), told, "state max_file_size, or take it out")
    if grant.has("scope") and grant.access == "read":
        yield page.problem(grant.key("scope"), "a read needs no scope: this does nothing", "take it out")


def _statements(grant: Grant, page: Page) -> Iterator[Problem]:
    """Statements that write, of a tool that counts as one that reads; and statements that are never understood."""
    for index, operation in enumerate(grant.held.allowed_operations or ()):
        if operation not in UNDERSTOOD:
            told = f"no {operation} statement is understood, so each is refused, allowed or not"
            yield page.problem(grant.key("allowed_operations", index), told, "take it out")
    writing = [operation for operation in grant.held.allowed_operations or () if operation not in READING]
    if grant.held.access is None and grant.access == "read" and writing:
        told = f"{writing[0]} writes, and `{grant.entry}` counts as a tool that reads, by its name"
        yield page.problem(grant.key("allowed_operations"), told, f"write access: write, or take {writing[0]} out")
