"""Patterns that mean something else than they seem to.

Guarantees: says what a pattern covers, and how to write what was probably meant. It may be meant as it stands: then
leave it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mcp_opa.policy import grants
from mcp_opa.policy.document import Document
from mcp_opa.policy.grants import Grant
from mcp_opa.policy.node import Page
from mcp_opa.policy.problem import Problem, shortened
from mcp_opa.policy.vocabulary import words

_FOLDERS = {".git", ".ssh", ".aws", ".gnupg", ".kube", ".docker", ".config", ".vscode", ".idea"}
_PLAIN_NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
_TAKE_FOLDERS = {"repo_path", "directory", "dir", "folder", "root", "cwd"}
_MOVES = {"move", "rename", "mv"}


def advice(document: Document, page: Page) -> Iterator[Problem]:
    """The patterns of `document` that a reader may misread."""
    for grant in grants.every(document):
        for key in ("allowed_paths", "denied_paths"):
            for index, glob in enumerate(getattr(grant.held, key) or ()):
                found = _misread(glob, deny=key == "denied_paths")
                if found and not (key == "allowed_paths" and _takes_folders(grant)):
                    yield page.problem(grant.key(key, index), *found)
        yield from _freed_by_moving(grant, page)
        yield from _open_hosts(grant, page)
        if set(grant.entry) <= {"*", "/"}:
            told = "this grants every tool that a server has, or ever will have"
            yield page.problem(grant.path, told, "name the tools, or a pattern with a part of their names")


def _open_hosts(grant: Grant, page: Page) -> Iterator[Problem]:
    for index, host in enumerate(grant.held.allowed_hosts or ()):
        if host.partition(":")[0] == "**":
            told = "this allows every public host: whatever the tool reads can be sent anywhere"
            mend = "name the hosts, or domains as `**.example.com`"
            yield page.problem(grant.key("allowed_hosts", index), told, mend)
        elif host.startswith("169.254."):
            told = "link-local addresses are where clouds keep their credentials"
            mend = "take it out, unless that is what the tool is for"
            yield page.problem(grant.key("allowed_hosts", index), told, mend)


def _takes_folders(grant: Grant) -> bool:
    """Whether the arguments that it names are folders: then a path without a pattern is one of them."""
    return grant.held.path_arguments is not None and _TAKE_FOLDERS.issuperset(grant.held.path_arguments)


def _misread(glob: str, *, deny: bool) -> tuple[str, str] | None:
    """What a glob covers, if that isn't what it seems to, and how to write what it seems to mean."""
    shown = shortened(glob, 60)
    parent, _, last = glob.rpartition("/")
    if re.search(r"[A-Za-z0-9]\*\Z", last) and last.count("*") == 1:
        told = f'"{shown}" covers every name that begins with `{last[:-1]}`, and nothing inside such a folder'
        return told, f'for a folder and what is in it write "{shown[:-1]}/**"'
    if _PLAIN_NAME.fullmatch(last) or last in _FOLDERS:
        told = f'"{shown}" covers that one path, and nothing inside it'
        return told, f'if it is a folder, write "{shown}/**"'
    if deny and not parent and "**" not in last:
        return f'"{shown}" denies in the topmost folder alone', f'to deny it everywhere write "**/{shown}"'
    return None


def _freed_by_moving(grant: Grant, page: Page) -> Iterator[Problem]:
    if not _MOVES.intersection(words(grant.tool)) or not grant.held.denied_paths:
        return
    tops = [_anchor(glob) for glob in grant.held.allowed_paths or ("**",)]
    for index, glob in enumerate(grant.held.denied_paths):
        anchor = _anchor(glob)
        if anchor and any(anchor != top and (not top or anchor.startswith(f"{top}/")) for top in tops):
            told = (
                f'whoever moves a folder above "{shortened(glob, 60)}" frees what is inside: its place alone denies it'
            )
            mend = f'deny it by name, as "**/{anchor.rpartition("/")[2]}/**", or allow only folders beside it'
            yield page.problem(grant.key("denied_paths", index), told, mend)


def _anchor(glob: str) -> str:
    """The folder that a glob spells out before its first `*`."""
    plain = []
    for segment in glob.split("/"):
        if "*" in segment:
            break
        plain.append(segment)
    return "/".join(plain)
