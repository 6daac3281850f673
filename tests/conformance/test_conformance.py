"""MCP's own conformance suite: the gateway with a policy that allows everything changes nothing."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conformance import suite
from tests.conformance.running import DENY_ALL, ROOT, everything, gateway, keyed
from tests.conformance.suite import REVISIONS, Results, Suite

pytestmark = pytest.mark.slow
TASKS = [
    "tasks-lifecycle",
    "tasks-capability-negotiation",
    "tasks-wire-fields",
    "tasks-request-state-removal",
    "tasks-mrtr-input",
    "tasks-request-headers",
    "tasks-dispatch-and-envelope",
    "tasks-required-task-error",
    "tasks-mrtr-composition",
]
UNSCORED = {
    "2025-11-25": ["json-schema-2020-12", "server-session-lifecycle", "server-sse-polling"],
    "2026-07-28": ["http-header-validation", "http-custom-header-server-validation", "json-schema-2020-12", *TASKS],
}
"""Scenarios that no revision requires, and that pass all the same."""
CLIENT = [
    ("tools_call", "2025-11-25"),
    ("tools_call", "2026-07-28"),
    ("request-metadata", "2026-07-28"),
    ("http-standard-headers", "2026-07-28"),
    ("http-custom-headers", "2026-07-28"),
    ("http-invalid-tool-headers", "2026-07-28"),
    ("json-schema-ref-no-deref", "2026-07-28"),
    ("json-schema-2020-12-preservation", "2025-11-25"),
    ("json-schema-2020-12-preservation", "2026-07-28"),
]


@pytest.fixture(scope="module")
def conformance() -> Suite:
    """The suite. On a build machine it must be there; elsewhere it is a skip."""
    try:
        return suite.installed()
    except suite.Missing as missing:
        if "CI" in os.environ:
            raise
        pytest.skip(str(missing))


@pytest.fixture(scope="module")
def direct(conformance: Suite, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Results]:
    """How the server does by itself."""
    folder = tmp_path_factory.mktemp("direct")
    found: dict[str, Results] = {}
    with everything(folder / "log") as url:
        for revision in REVISIONS:
            found[revision] = conformance.server(url, revision, folder)
    return found.__getitem__


def _failing(results: Results, names: list[str]) -> dict[str, tuple[int, int] | None]:
    """Those of the scenarios that did not run, or not pass."""
    found = {name: results.get(name) for name in names}
    return {name: counts for name, counts in found.items() if counts is None or counts[1] or not counts[0]}


@pytest.mark.parametrize("revision", REVISIONS)
def test_the_server_itself_passes_what_the_revision_requires(
    conformance: Suite, direct: Callable[[str], Results], revision: str
) -> None:
    required = conformance.required(revision)
    assert len(required) == {"2025-11-25": 30, "2026-07-28": 37}[revision]
    assert _failing(direct(revision), required + UNSCORED[revision]) == {}


@pytest.mark.parametrize("revision", REVISIONS)
def test_through_the_gateway_every_scenario_ends_as_it_does_without(
    conformance: Suite, direct: Callable[[str], Results], revision: str, tmp_path: Path
) -> None:
    with everything(tmp_path / "log") as url, gateway(url, tmp_path) as address, keyed(address) as through:
        results = conformance.server(through, revision, tmp_path)
    assert _failing(results, conformance.required(revision) + UNSCORED[revision]) == {}
    assert results == direct(revision)


def test_what_is_refused_is_never_executed(conformance: Suite, tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.touch()
    with everything(log) as url, gateway(url, tmp_path, DENY_ALL) as address, keyed(address) as through:
        results = {revision: conformance.server(through, revision, tmp_path) for revision in REVISIONS}
    assert log.read_text() == ""
    passed = [name for found in results.values() for name, counts in found.items() if not counts[1]]
    assert [name for name in passed if name.startswith(("tools-call-", "resources-read-", "prompts-get-"))] == []
    record = [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]
    assert {each["policy_decision"] for each in record} == {"DENY"}
    assert [each for each in record if each["event"] == "outcome"] == []


@pytest.mark.parametrize(("scenario", "revision"), CLIENT)
def test_a_client_behind_the_gateway_is_as_good_as_one_without(
    conformance: Suite, scenario: str, revision: str, tmp_path: Path
) -> None:
    command = f"env PYTHONPATH={shlex.quote(str(ROOT))} {shlex.quote(sys.executable)} -m tests.conformance.client"
    told = conformance.client(command, scenario, revision, tmp_path)
    assert told.endswith("status 0"), told
