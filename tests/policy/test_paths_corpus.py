"""The path validation cases of the reference filesystem server, by globs.

`path_validation.jsonl` holds what `src/filesystem/__tests__/path-validation.test.ts` of modelcontextprotocol/servers
(MIT) expects of a path under allowed folders. That server resolves a path before it looks; a gate can't, and refuses
what would have to be resolved.
"""

import json
from pathlib import Path

from mcp_opa.model import Json
from mcp_opa.policy.patterns import fault, path_problem, paths
from tests.policy.conftest import Libraries

CASES = [json.loads(line) for line in Path(__file__).with_name("path_validation.jsonl").read_text().splitlines()]
REFUSED = {
    "ends in `/`; leave it out": {"/home/user/project/"},
    "has a `.` or `..` segment": {
        *("./file", "/home/user/project/./src", "/home/user/./project/src", "/home/user/project/."),
    },
    "has an empty segment": {
        *("/home/user/project//", "/home/user/project///", "/home/user/project//src//file"),
        "/home//user//project//src",
    },
    "has a segment that ends in a dot or a space": {
        *("/home/user/project/test..", "/home/user/project/...", "/home/user/project/...."),
    },
    "is percent-encoded and has a `.` or `..` segment": {"/home/user/project/%2e%2e"},
}
"""Paths that the server allows and the gate refuses, by what is wrong with them."""
UNRESOLVED = {("relative/path", "/home/user/cwd")}
"""A relative path, which that server resolves against its working directory."""
FOLDERS = {
    "/home/user/project/",
    "/home/user/project/../safe",
    "/home/user/../user/project",
    "/home/user/project\0",
    "",
}
"""Folders that are an error in a policy, which says what to write instead."""


def test_the_gate_allows_what_the_server_allows_and_no_more(libraries: Libraries) -> None:
    answers = libraries.ask([question for case in CASES for question in _questions(case)])
    allowed = [
        canonical is True and matched is True for canonical, matched in zip(answers[::2], answers[1::2], strict=True)
    ]
    verdicts = list(zip(CASES, allowed, strict=True))
    assert [case for case, allow in verdicts if allow and case["expected"] == "deny"] == []
    refused = [case for case, allow in verdicts if not allow and case["expected"] == "allow"]
    assert [case for case in refused if not _by_design(case)] == []
    assert {path for paths_ in REFUSED.values() for path in paths_} <= {case["path"] for case in refused}


def test_what_is_refused_by_design_is_told_why() -> None:
    assert {told: {path for path in texts if fault(path) == told} for told, texts in REFUSED.items()} == REFUSED


def _questions(case: dict[str, Json]) -> list[tuple[str, list[Json]]]:
    index = paths(glob for folder in _folders(case) for glob in (folder, f"{folder.rstrip('/')}/**"))
    return [("path.canonical", [case["path"]]), ("path.match", [index, case["path"]])]


def _folders(case: dict[str, Json]) -> list[str]:
    folders = case["allowed"] if isinstance(case["allowed"], list) else []
    texts = [folder for folder in folders if isinstance(folder, str)]
    assert {text for text in texts if path_problem(text, deny=False, rooted=False)} <= FOLDERS
    return [text for text in texts if text not in FOLDERS]


def _by_design(case: dict[str, Json]) -> bool:
    return (
        any(case["path"] in texts for texts in REFUSED.values())
        or any((case["path"], folder) in UNRESOLVED for folder in case["allowed"])
        or not _folders(case)
    )
