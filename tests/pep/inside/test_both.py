"""The middleware of either framework: the same calls run, the same lists are shown, the same words refuse."""

from contextvars import ContextVar
from typing import Any

import pytest
from mcp import Client
from mcp_types import EmptyResult, PromptReference, Request, RequestParams, ResourceTemplateReference
from starlette.types import ASGIApp, Receive, Scope, Send

from mcp_opa.model import Answer, Cause, Question, Subject
from tests.pep.inside.conftest import Bench, called, outcome, plain

ERAS = pytest.mark.parametrize("mode", ["legacy", "auto"])


@ERAS
def test_an_allowed_call_runs_and_is_recorded_before_and_after(bench: Bench, mode: str) -> None:
    answer = bench.ask(lambda client: called(client, "read_file", {"path": "docs/a.md"}), mode=mode)
    assert answer == (False, "what docs/a.md holds")
    assert bench.tools.ran == ["read_file docs/a.md"]
    assert bench.log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "SUCCESS")]
    record = bench.log.records[0]
    assert (record.actor, record.auth_method, record.source_ip) == ("agent", "token", "127.0.0.1")
    assert bool(record.session_id) is (mode == "legacy")


@ERAS
def test_a_refused_call_is_a_result_that_the_model_may_read(bench: Bench, mode: str) -> None:
    answer = bench.ask(lambda client: called(client, "read_file", {"path": "etc/passwd"}), mode=mode)
    assert answer == (
        True,
        "Refused (read_only.path_not_allowed): No entry of the grant's allowed_paths covers the path. Decision ….",
    )
    assert bench.tools.ran == []
    assert bench.log.events() == [("decision", "DENY", None)]


@ERAS
def test_lists_show_what_the_caller_may_see(bench: Bench, mode: str) -> None:
    async def lists(client: Client) -> list[list[str]]:
        tools = (await client.list_tools()).tools
        resources = (await client.list_resources()).resources
        prompts = (await client.list_prompts()).prompts
        return [sorted(entry.name for entry in entries) for entries in (tools, resources, prompts)]

    tools = ["broken", "count_files", "read_file", "slow"]
    assert bench.ask(lists, mode=mode) == [tools, ["docs"], ["summarise"]]
    assert bench.ask(lists, mode=mode, by="other") == [["count_files"], [], []]


@ERAS
def test_what_a_caller_cannot_see_is_answered_as_what_is_not_there(bench: Bench, mode: str) -> None:
    async def both(client: Client) -> list[tuple[int, str]]:
        return [
            await outcome(client.call_tool("delete_file", {"path": "docs/a.md"})),
            await outcome(client.call_tool("erase_file", {"path": "docs/a.md"})),
            await outcome(client.get_prompt("reveal")),
            await outcome(client.get_prompt("betray")),
            await outcome(client.read_resource("file:///srv/keys/a")),
            await outcome(client.read_resource("file:///srv/keys/none")),
        ]

    missing = -32002 if mode == "legacy" else -32602
    assert bench.ask(both, mode=mode) == [
        (-32602, "Unknown tool: delete_file"),
        (-32602, "Unknown tool: erase_file"),
        (-32602, "Unknown prompt: reveal"),
        (-32602, "Unknown prompt: betray"),
        (missing, "Resource not found"),
        (missing, "Resource not found"),
    ]
    assert bench.tools.ran == []
    assert {event[1] for event in bench.log.events()} == {"DENY"}


@ERAS
def test_resources_and_prompts_are_decided_too(bench: Bench, mode: str) -> None:
    async def both(client: Client) -> tuple[str, str]:
        read = await client.read_resource("file:///srv/docs/a")
        prompt = await client.get_prompt("summarise")
        return read.contents[0].text, prompt.messages[0].content.text  # type: ignore[union-attr]

    assert bench.ask(both, mode=mode) == ("what docs holds", "Say it in a sentence.")
    assert [record.method for record in bench.log.records] == ["resources/read"] * 2 + ["prompts/get"] * 2


def test_completions_of_what_is_hidden_are_refused(bench: Bench) -> None:
    async def both(client: Client) -> list[tuple[int, str]]:
        argument = {"name": "x", "value": "y"}
        return [
            await outcome(client.complete(PromptReference(type="ref/prompt", name="reveal"), argument)),
            await outcome(client.complete(ResourceTemplateReference(type="ref/resource", uri="file:///{x}"), argument)),
        ]

    assert bench.ask(both) == [(-32602, "Unknown prompt: reveal"), (-32602, "Resource not found")]


def test_an_argument_that_the_server_does_not_declare_is_refused(bench: Bench) -> None:
    answer = bench.ask(lambda client: called(client, "read_file", {"path": "docs/a.md", "follow": True}))
    assert answer[1].startswith("Refused (deny_by_default.schema_invalid)")
    assert bench.tools.ran == []


def test_a_granted_tool_that_the_server_does_not_have_is_unknown(bench: Bench) -> None:
    assert bench.ask(lambda client: outcome(client.call_tool("find_me", {}))) == (-32602, "Unknown tool: find_me")


@ERAS
def test_a_late_call_is_stopped_and_recorded(bench: Bench, mode: str) -> None:
    answer = bench.ask(lambda client: called(client, "slow"), mode=mode)
    assert answer == (True, "Stopped: the call took longer than 1 s. Decision ….")
    assert bench.tools.ran == ["slow"]
    assert bench.log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "TIMEOUT")]


def test_a_tool_that_fails_is_recorded_as_such(bench: Bench) -> None:
    failed, _ = bench.ask(lambda client: called(client, "broken"))
    assert failed
    assert bench.log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "FAILURE")]


def test_rate_limits_are_kept_for_each_caller(bench: Bench) -> None:
    async def thrice(client: Client) -> list[tuple[bool, str]]:
        return [await called(client, "count_files") for _ in range(3)]

    refused = "Refused (rate_limit): The tool can't be called more often for now; try again later. Decision …."
    assert bench.ask(thrice) == [(False, "3"), (False, "3"), (True, refused)]
    assert bench.ask(lambda client: called(client, "count_files"), by="other") == (False, "3")


def test_nothing_runs_that_cannot_be_recorded(bench: Bench) -> None:
    bench.log.failing = OSError("no space left")
    answer = bench.ask(lambda client: called(client, "read_file", {"path": "docs/a.md"}))
    assert answer == (True, "Refused (audit): The call can't be recorded at the moment. Decision ….")
    assert bench.tools.ran == []


def test_a_result_whose_outcome_cannot_be_recorded_is_withheld(bench: Bench) -> None:
    read = bench.tools.read_file

    def reading(path: str) -> str:
        bench.log.failing = OSError("/var/log: no space left")
        return read(path)

    bench.tools.read_file = reading  # type: ignore[method-assign]
    reading.__name__ = "read_file"
    answer = bench.ask(lambda client: outcome(client.call_tool("read_file", {"path": "docs/a.md"})))
    assert answer == (-32603, "The answer is withheld: OSError.")


def test_an_engine_that_is_gone_hides_no_tool(bench: Bench) -> None:
    class Gone:
        def ask(self, question: Question, document: bytes) -> Answer:  # noqa: ARG002
            return Answer(cause=Cause.UNAVAILABLE, detail="connection refused by 10.0.0.7")

    async def both(client: Client) -> tuple[tuple[int, str], tuple[bool, str]]:
        code, text = await outcome(client.list_tools())
        return (code, plain(text)), await called(client, "count_files")

    bench.gate = type(bench.gate)(Gone(), audit=bench.log)
    refused = "Refused (unavailable): The policy can't be asked at the moment. Decision …."
    assert bench.ask(both) == ((403, refused), (True, refused))
    assert bench.tools.ran == []


def test_identity_is_never_what_a_message_says(bench: Bench) -> None:
    forged: Any = {"actor": "agent", "client_id": "agent", "subject": "agent", "user": "agent"}
    answer = bench.ask(
        lambda client: outcome(client.call_tool("read_file", {"path": "docs/a.md"}, meta=forged)), by="other"
    )
    assert answer == (-32602, "Unknown tool: read_file")
    assert bench.tools.ran == []


NOBODY = "Refused (authentication): Who calls is not known. Decision …."


UNVERIFIED = "the server verifies no tokens over HTTP; give it a token verifier, or a function as actor"
UNSAID = "the function that says who calls gives nobody for this message"


@pytest.mark.parametrize(
    ("actor", "why"),
    [
        pytest.param(None, UNVERIFIED, id="nothing-said"),
        pytest.param("agent", UNVERIFIED, id="whoever-comes"),
        pytest.param(lambda: None, UNSAID, id="none"),
        pytest.param(lambda: "", UNSAID, id="empty"),
        pytest.param(lambda: Subject(""), UNSAID, id="empty-subject"),
        pytest.param(lambda: 1 / 0, "the function that says who calls failed: ZeroDivisionError", id="failing"),
    ],
)
def test_nobody_is_refused_and_recorded(bench: Bench, actor: Any, why: str) -> None:  # noqa: ANN401
    async def both(client: Client) -> tuple[tuple[bool, str], str]:
        return await called(client, "count_files"), plain((await outcome(client.list_tools()))[1])

    bench.tokens, bench.actor = {}, actor
    assert bench.ask(both, by="") == ((True, NOBODY), NOBODY)
    assert bench.tools.ran == []
    told = [(record.actor, record.tool_name, record.cause, record.error) for record in bench.log.records]
    assert told == [("", "count_files", "authentication", why), ("", "", "authentication", why)]


def test_the_author_may_say_who_calls(bench: Bench) -> None:
    bench.tokens, bench.actor = {}, lambda: Subject("agent", auth_method="mesh")
    assert bench.ask(lambda client: called(client, "count_files"), by="") == (False, "3")
    assert {(record.actor, record.auth_method) for record in bench.log.records} == {("agent", "mesh")}


WHO: ContextVar[str | None] = ContextVar("who", default=None)


class Mesh:
    """An authentication of the author's own, which knows who sends what comes next."""

    sender: str | None = "agent"

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        token = WHO.set(Mesh.sender)
        try:
            await self._app(scope, receive, send)
        finally:
            WHO.reset(token)


@ERAS
def test_who_calls_is_asked_at_each_message(bench: Bench, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    async def thrice(client: Client) -> list[str]:
        answers = []
        for sender in ("agent", None, "other"):
            monkeypatch.setattr(Mesh, "sender", sender)
            answers.append((await outcome(client.call_tool("broken", {})))[1])
        return answers

    bench.tokens, bench.actor, bench.around = {}, WHO.get, Mesh
    _, nobody, other = bench.ask(thrice, by="", mode=mode)
    assert bench.tools.ran == ["broken"]
    assert "Who calls is not known." in nobody
    assert other == "Unknown tool: broken"


class Odd(Request[RequestParams | None, str]):
    method: str = "tools/run"
    params: RequestParams | None = None


def test_what_no_table_names_does_not_pass(bench: Bench) -> None:
    async def unknown(client: Client) -> tuple[int, str]:
        return await outcome(client.session.send_request(Odd(), EmptyResult))

    assert bench.ask(unknown, mode="legacy") == (-32601, "Method not found")
    assert [(record.method, record.cause) for record in bench.log.records] == [("tools/run", "malformed")]
