"""Whose a task is, through the gateway over HTTP, before a server that gives every task to whoever names it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx2
import pytest

from mcp_opa.model import Json
from tests.conformance.everything.tasks import EXTENSION
from tests.conformance.running import ALLOW_ALL, KEY, OTHERS_KEY, everything, gateway

pytestmark = pytest.mark.slow
BOTH = f"{ALLOW_ALL}  - id: other\n    allowed_tools: ['*']\n    constraints: {{'*': {{access: write, scope: any}}}}\n"
META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {"extensions": {EXTENSION: {}}},
}
Post = Callable[..., httpx2.Response]
Ask = Callable[..., dict[str, Json]]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    """`post(key, method, name, …)`: what a caller is answered; without a key, by the server itself."""
    with everything(tmp_path / "log") as url, gateway(url, tmp_path, BOTH) as address, httpx2.Client() as client:

        def posted(key: str | None, method: str, named: str, /, **params: Json) -> httpx2.Response:
            headers = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2026-07-28"}
            headers |= {"mcp-method": method, "mcp-name": named} | ({} if key is None else {"x-api-key": key})
            body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": {"_meta": META, **params}}
            return client.post(url if key is None else f"http://{address}/mcp", json=body, headers=headers)

        yield posted


@pytest.fixture
def ask(post: Post) -> Ask:
    """The result or the error of the same."""

    def asked(*request: str | None, **params: Json) -> dict[str, Json]:
        answer = post(*request, **params).json()
        found: dict[str, Json] = answer.get("result") or answer["error"]
        return found

    return asked


def test_a_task_is_of_the_actor_whose_call_made_it_and_of_nobody_else(ask: Ask, tmp_path: Path) -> None:
    made = ask(KEY, "tools/call", "confirm_delete", name="confirm_delete", arguments={"filename": "a"})
    assert made["resultType"] == "task"
    task = str(made["taskId"])
    answers = {"confirm": {"action": "accept", "content": {"confirm": True}}}
    for method, more in (("tasks/get", {}), ("tasks/update", {"inputResponses": answers}), ("tasks/cancel", {})):
        refused = ask(OTHERS_KEY, method, task, taskId=task, **more)
        assert refused == {"code": -32602, "message": "Task not found"}
    assert ask(None, "tasks/get", task, taskId=task)["status"] == "input_required"  # nothing of it reached the server
    assert ask(KEY, "tasks/update", task, taskId=task, inputResponses=answers)["resultType"] == "complete"
    ended = ask(KEY, "tasks/get", task, taskId=task)
    assert (ended["status"], "Answered: ['confirm']" in str(ended["result"])) == ("completed", True)
    lines = [json.loads(line) for line in (tmp_path / "record").read_text().splitlines()]
    refusals = [(line["actor"], line["cause"], line["error"]) for line in lines if line["policy_decision"] == "DENY"]
    assert refusals == [("other", "malformed", "the task is none that this caller made")] * 3


def test_who_does_not_say_that_he_knows_tasks_is_answered_as_by_the_server_itself(post: Post) -> None:
    meta: Json = {**META, "io.modelcontextprotocol/clientCapabilities": {}}
    answers = [post(key, "tasks/get", "none", taskId="none", _meta=meta) for key in (None, KEY)]
    told = [(answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["data"]) for answer in answers]
    assert told == [(400, -32021, {"requiredCapabilities": {"extensions": {EXTENSION: {}}}})] * 2
