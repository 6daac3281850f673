"""What a running OPA writes of a question whose arguments hold a secret."""

from __future__ import annotations

import json

import pytest

from mcp_opa.contract import input_document
from mcp_opa.model import Json, Subject, ToolCall
from tests.opa_door.conftest import Build
from tests.opa_door.world import TOKEN, Bundles, Opa, Start, wait

pytestmark = pytest.mark.live

SECRET = "hunter2-correct-horse"  # noqa: S105 (of a test)
FACTS = {"schema": "none", "sql": {"any": {"/q": {"known": False, "problem": SECRET}}}, "url": {}, "sizes": {}}
CALL = ToolCall(
    Subject("agent", (SECRET,)), "read_file", {"path": SECRET, SECRET: [SECRET]}, server_id="files", session_id=SECRET
)


def _documents() -> dict[str, Json]:
    """A question of each kind, with the secret wherever a caller's may stand."""
    document = json.loads(input_document(CALL, {**FACTS, "elided": {}, "uri": None}, "1", 1_790_000_000))
    resource = {"type": "resource", "id": f"https://x/?key={SECRET}", "properties": {"server_id": "files"}}
    return {
        "decision": document,
        "needs": document,
        "visible": {**document, "resources": [resource]},
        "about": {"id": "1", SECRET: SECRET},
    }


def test_no_secret_is_written_and_who_asked_for_what_is(start: Start, bundles: Bundles, build: Build) -> None:
    bundles.publish(build("read_file"))
    with start() as opa:
        wait("the policy", opa.revision)
        answers = {question: opa.ask(question, document) for question, document in _documents().items()}
        logged = {line["path"]: line for line in wait("the lines", lambda: _four(opa))}
    assert SECRET not in opa.log.read_text()
    assert TOKEN not in opa.log.read_text()
    assert {path: line.get("result") for path, line in logged.items()} == {
        f"mcp/authz/{question}": answer.get("result") for question, answer in answers.items()
    }
    assert logged["mcp/authz/decision"]["input"] == {
        "id": "1",
        "subject": {"id": "agent"},
        "action": {"name": "tools/call"},
        "resource": {"type": "tool", "id": "read_file", "properties": {"server_id": "files"}},
        "context": {"correlation_id": "", "source_ip": "", "time": 1_790_000_000},
    }


def _four(opa: Opa) -> list[Json]:
    """The lines of the four questions, once all are there."""
    lines = [json.loads(line) for line in opa.log.read_text().splitlines() if '"Decision Log"' in line][-4:]
    return lines if len({line["path"] for line in lines}) == 4 else []


def test_at_level_debug_opa_writes_whole_requests(start: Start) -> None:
    with start("--log-level=debug") as opa:
        opa.ask("decision", _documents()["decision"])
        wait("the request", lambda: SECRET in opa.log.read_text())
