"""The relay, whatever the transport: what does not pass, first."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from mcp_opa.model import Json
from mcp_opa.pdp import PolicyDecisionPoint
from mcp_opa.pep.message import Answer, Failure, Notification, Odd, Request, Result, failure
from mcp_opa.pep.relay import Relay
from tests.pep.conftest import AGENT, OTHER, SCHEMA, STATELESS, TOOLS, Kept, Server, Silent

pytestmark = pytest.mark.anyio

ON = Callable[[PolicyDecisionPoint], Relay]


def call(name: str, path: str = "docs/a.md", **params: Json) -> Request:
    return Request(7, "tools/call", {"name": name, "arguments": {"path": path}, **params})


def shown(answer: Answer) -> str:
    """A refusal without the decision's id."""
    assert isinstance(answer, Result)
    assert (answer.id, answer.result["isError"]) == (7, True)
    return str(answer.result["content"][0]["text"]).partition(" Decision ")[0]


async def test_a_call_that_the_policy_refuses_is_not_sent_and_the_model_reads_why(
    relay: Relay, server: Server, log: Kept
) -> None:
    said = shown(await relay.answer(call("read_file", "etc/passwd"), AGENT, server))
    assert said.startswith("Refused (read_only.path_not_allowed): ")
    assert "docs" not in said
    assert (server.methods(), log.events()) == (["tools/list"], [("decision", "DENY", "policy")])


async def test_a_refusal_states_its_kind_in_the_era_that_wants_it(relay: Relay, server: Server) -> None:
    refused = await relay.answer(call("read_file", "etc/passwd", _meta=STATELESS), AGENT, server)
    assert isinstance(refused, Result)
    assert refused.result["resultType"] == "complete"


async def test_a_tool_that_is_not_seen_or_not_there_is_unknown(relay: Relay, server: Server) -> None:
    for name in ("hidden", "none", "", "READ_FILE", "read_file "):
        assert await relay.answer(call(name), AGENT, server) == failure(7, -32602, f"Unknown tool: {name}")
    assert "tools/call" not in server.methods()


async def test_an_allowed_call_is_sent_as_it_was_decided_and_its_answer_passes_unchanged(
    relay: Relay, server: Server, log: Kept
) -> None:
    server.answers["tools/call"] = answer = {"content": [], "structuredContent": {"later": [1.5]}, "_meta": {"x": 1}}
    request = call("read_file", _meta={"progressToken": 1, "traceparent": "00-ab-cd-01"}, more={"a": 1})
    assert await relay.answer(request, AGENT, server) == Result(7, answer)
    assert server.asked[-1] == request
    assert log.events() == [("decision", "ALLOW", "policy"), ("outcome", "ALLOW", "SUCCESS")]
    record = log.records[0]
    assert (record.server_id, record.session_id, record.correlation_id) == ("files", "session", "00-ab-cd-01")


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        ({"isError": True, "content": [{"type": "text", "text": "no such file"}]}, "FAILURE", "no such file"),
        ({"isError": True}, "FAILURE", "the tool says that it failed"),
        ({"isError": True, "content": [7, {"text": 7}]}, "FAILURE", "the tool says that it failed"),
        (None, "ERROR", "Failed: -32601 Method not found"),
        ("lost", "ERROR", "Lost: The server is lost."),
    ],
)
async def test_the_record_says_how_a_call_ended(
    relay: Relay, server: Server, log: Kept, answer: Json, status: str, error: str
) -> None:
    server.answers["tools/call"] = answer
    answered = await relay.answer(call("read_file"), AGENT, server)
    assert isinstance(answered, Result if status == "FAILURE" else Failure)
    assert [(record.event, record.status, record.error) for record in log.records[1:]] == [("outcome", status, error)]


async def test_at_its_time_a_call_is_cancelled_and_the_client_answered(relay: Relay, server: Server, log: Kept) -> None:
    server.answers["tools/call"] = "never"
    said = shown(await relay.answer(call("slow"), AGENT, server))
    assert said == "Stopped: the call took longer than 1 s."
    assert [request.method for request in server.cancelled] == ["tools/call"]
    assert log.events()[1:] == [("outcome", "ALLOW", "TIMEOUT")]


async def test_past_its_rate_a_call_is_not_sent(relay: Relay, server: Server) -> None:
    assert await relay.answer(call("limited"), AGENT, server) == Result(7, server.answers["tools/call"])
    said = shown(await relay.answer(call("limited"), AGENT, server))
    assert said.startswith("Refused (rate_limit): ")
    assert server.methods().count("tools/call") == 1


async def test_what_cannot_be_recorded_is_not_sent_and_a_result_without_its_record_is_withheld(
    relay: Relay, server: Server, log: Kept
) -> None:
    log.failing_after = 1
    withheld = await relay.answer(call("read_file"), AGENT, server)
    assert withheld == failure(7, -32603, "The answer is withheld: OSError.")
    assert shown(await relay.answer(call("read_file"), AGENT, server)).startswith("Refused (audit): ")
    assert server.methods().count("tools/call") == 1


async def test_while_the_policy_is_away_nothing_is_sent_and_no_list_is_shown(
    relay_on: ON, server: Server, log: Kept
) -> None:
    relay = relay_on(Silent())
    assert shown(await relay.answer(call("read_file"), AGENT, server)).startswith("Refused (unavailable): ")
    listed = await relay.answer(Request(7, "tools/list"), AGENT, server)
    assert isinstance(listed, Failure)
    assert (listed.error["code"], listed.error["message"][:23]) == (403, "Refused (unavailable): ")
    assert "tools/call" not in server.methods()
    assert log.events() == [("decision", "DENY", "unavailable")] * 2


@pytest.mark.parametrize("params", [None, {}, {"name": 7}, {"name": ["read_file"]}])
async def test_a_call_that_names_nothing_is_refused_and_recorded(
    relay: Relay, server: Server, log: Kept, params: dict[str, Json] | None
) -> None:
    refused = await relay.answer(Request(7, "tools/call", params), AGENT, server)
    assert refused == failure(7, -32602, "Invalid params: name must be a string")
    assert (server.asked, log.events()) == ([], [("decision", "DENY", "malformed")])


@pytest.mark.parametrize("arguments", [None, [], "docs/a.md", {"path": ["docs/a.md"]}, {"path": "docs/a.md", "x": 1}])
async def test_arguments_of_another_shape_are_refused(relay: Relay, server: Server, arguments: Json) -> None:
    request = Request(7, "tools/call", {"name": "read_file", "arguments": arguments})
    assert shown(await relay.answer(request, AGENT, server)).startswith("Refused (")
    assert "tools/call" not in server.methods()


async def test_an_unknown_method_is_not_sent(relay: Relay, server: Server, log: Kept) -> None:
    for method in ("tools/Call", "interceptors/list", "tasks/run", ""):
        assert await relay.answer(Request(7, method), AGENT, server) == failure(7, -32601, "Method not found")
    assert (server.asked, log.events()) == ([], [("decision", "DENY", "malformed")] * 4)


async def test_what_the_policy_has_no_word_on_passes_unchanged(relay: Relay, server: Server, log: Kept) -> None:
    server.answers |= {"initialize": {"protocolVersion": "2025-11-25", "later": {"x": [None]}}, "ping": {}}
    for request in (Request(1, "initialize", {"capabilities": {"x": {}}}), Request("a", "ping")):
        assert await relay.answer(request, AGENT, server) == Result(request.id, server.answers[request.method])
        assert server.asked[-1] == request
    assert log.events() == []


async def test_identity_in_a_message_is_nobodys(relay: Relay, server: Server) -> None:
    meta = {"actor": "agent", "io.modelcontextprotocol/clientInfo": {"name": "agent"}}
    refused = await relay.answer(call("read_file", _meta=meta, actor="agent"), OTHER, server)
    assert refused == failure(7, -32602, "Unknown tool: read_file")


async def test_a_retry_with_input_is_decided_again(relay: Relay, server: Server, log: Kept) -> None:
    server.answers["tools/call"] = asked = {"resultType": "input_required", "requestState": "x"}
    assert await relay.answer(call("read_file", _meta=STATELESS), AGENT, server) == Result(7, asked)
    retry = call("read_file", "etc/passwd", _meta=STATELESS, requestState="x", inputResponses={"a": {}})
    assert shown(await relay.answer(retry, AGENT, server)).startswith("Refused (read_only.path_not_allowed): ")
    assert [record.policy_decision for record in log.records] == ["ALLOW", "ALLOW", "DENY"]


LISTS: list[tuple[str, str, list[str], list[str]]] = [
    ("tools", "name", ["read_file", "hidden", "slow"], ["read_file", "slow"]),
    ("prompts", "name", ["greet", "other"], ["greet"]),
    ("resources", "uri", ["file:///docs/a", "file:///etc/a"], ["file:///docs/a"]),
]


@pytest.mark.parametrize(("entries", "key", "listed", "seen"), LISTS, ids=[row[0] for row in LISTS])
async def test_a_page_shows_what_the_caller_may_see_and_keeps_the_rest_of_itself(
    relay: Relay, server: Server, entries: str, key: str, listed: list[str], seen: list[str]
) -> None:
    method = f"{entries}/list"
    odd: list[Json] = [7, {}, {key: 7}, None]
    page = {"nextCursor": "c", "ttlMs": 5, "cacheScope": "public", "x": [1]}
    server.answers[method] = {**page, entries: [{key: name, "y": 1} for name in listed] + odd}
    kept = [{key: name, "y": 1} for name in seen]
    assert await relay.answer(Request(7, method), AGENT, server) == Result(7, {**page, entries: kept})
    stateless = await relay.answer(Request(7, method, {"cursor": "b", "_meta": STATELESS}), AGENT, server)
    assert stateless == Result(7, {**page, entries: kept, "cacheScope": "private"})
    assert server.asked[-1].params == {"cursor": "b", "_meta": STATELESS}


@pytest.mark.parametrize("answer", [{}, {"tools": None}, {"tools": {"read_file": {}}}])
async def test_a_list_that_is_none_is_an_error_and_not_empty(relay: Relay, server: Server, answer: Json) -> None:
    server.answers["tools/list"] = answer
    listed = await relay.answer(Request(7, "tools/list"), AGENT, server)
    assert listed == failure(7, -32603, "The server's answer has no list of tools.")


async def test_a_servers_error_passes_as_it_is(relay: Relay, server: Server) -> None:
    listed = await relay.answer(Request(7, "prompts/list"), AGENT, server)
    assert listed == failure(7, -32601, "Method not found")


async def test_resources_and_prompts_that_are_not_seen_are_not_there(relay: Relay, server: Server) -> None:
    server.answers |= {"resources/read": {"contents": []}, "prompts/get": {"messages": []}}
    secret, gone = {"uri": "file:///etc/passwd"}, "Resource not found"
    assert await relay.answer(Request(7, "resources/read", secret), AGENT, server) == failure(7, -32002, gone, secret)
    stateless = {**secret, "_meta": STATELESS}
    assert await relay.answer(Request(7, "resources/read", stateless), AGENT, server) == failure(
        7, -32602, gone, secret
    )
    unknown = failure(7, -32602, "Unknown prompt: other")
    assert await relay.answer(Request(7, "prompts/get", {"name": "other"}), AGENT, server) == unknown
    assert server.asked == []
    read = await relay.answer(Request(7, "resources/read", {"uri": "file:///docs/a"}), AGENT, server)
    assert read == Result(7, {"contents": []})


async def test_a_stream_subscribes_to_what_the_caller_may_read(relay: Relay, server: Server, log: Kept) -> None:
    server.answers["subscriptions/listen"] = {"resultType": "complete"}
    wanted: dict[str, Json] = {"toolsListChanged": True, "resourceSubscriptions": ["file:///docs/a", "file:///etc/a"]}
    request = Request(7, "subscriptions/listen", {"notifications": wanted, "_meta": STATELESS})
    assert await relay.answer(request, AGENT, server) == failure(
        7, -32602, "Resource not found", {"uri": "file:///etc/a"}
    )
    assert [(record.method, record.policy_decision) for record in log.records] == [
        ("resources/subscribe", "ALLOW"),
        ("resources/subscribe", "DENY"),
    ]
    assert server.asked == []
    allowed = replace(request, params={"notifications": {"resourceSubscriptions": ["file:///docs/a"]}})
    assert await relay.answer(allowed, AGENT, server) == Result(7, {"resultType": "complete"})


@pytest.mark.parametrize("made", [{"task": {"taskId": "t"}}, {"resultType": "task", "taskId": "t"}])
async def test_a_task_is_its_makers_alone(relay: Relay, server: Server, made: Json) -> None:
    one = Request(7, "tasks/get", {"taskId": "t"})
    server.answers |= {"tools/call": made, "tasks/get": {"status": "working"}, "tasks/cancel": {}}
    server.answers["tasks/list"] = {"tasks": [{"taskId": "t"}, {"taskId": "u"}, 7], "nextCursor": "c"}
    assert await relay.answer(one, AGENT, server) == failure(7, -32602, "Task not found")
    assert await relay.answer(call("read_file"), AGENT, server) == Result(7, made)
    assert await relay.answer(one, AGENT, server) == Result(7, {"status": "working"})
    for method in ("tasks/get", "tasks/result", "tasks/update", "tasks/cancel"):
        refused = await relay.answer(replace(one, method=method), OTHER, server)
        assert refused == failure(7, -32602, "Task not found")
    stream = Request(7, "subscriptions/listen", {"notifications": {"taskIds": ["t"]}})
    assert await relay.answer(stream, OTHER, server) == failure(7, -32602, "Task not found")
    listed = {
        caller.subject.id: await relay.answer(Request(7, "tasks/list"), caller, server) for caller in (AGENT, OTHER)
    }
    assert listed == {
        "agent": Result(7, {"tasks": [{"taskId": "t"}], "nextCursor": "c"}),
        "other": Result(7, {"tasks": [], "nextCursor": "c"}),
    }


@pytest.mark.parametrize("can", [None, [], {"extensions": []}, {"extensions": {"io.modelcontextprotocol/ui": {}}}])
async def test_in_the_era_without_sessions_who_does_not_know_tasks_is_told_so(
    relay: Relay, server: Server, can: Json
) -> None:
    declared = {**STATELESS, "io.modelcontextprotocol/clientCapabilities": can}
    answer = await relay.answer(Request(7, "tasks/get", {"taskId": "t", "_meta": declared}), AGENT, server)
    wanted: Json = {"requiredCapabilities": {"extensions": {"io.modelcontextprotocol/tasks": {}}}}
    assert answer == failure(7, -32021, "The client must declare io.modelcontextprotocol/tasks", wanted)
    assert server.asked == []


async def test_a_task_whose_time_the_policy_limits_is_cancelled(relay: Relay, server: Server, log: Kept) -> None:
    server.answers |= {"tools/call": {"task": {"taskId": "t"}}, "tasks/cancel": {}}
    answered = await relay.answer(call("slow", task={}), AGENT, server)
    assert isinstance(answered, Failure)
    assert (server.asked[-1].method, server.asked[-1].params) == ("tasks/cancel", {"taskId": "t"})
    assert log.events()[-1] == ("outcome", "ALLOW", "ERROR")


async def test_only_notifications_of_the_protocol_pass(relay: Relay, log: Kept) -> None:
    assert relay.passes(Notification("notifications/progress", {"progressToken": 1}), AGENT)
    assert not relay.passes(Notification("tools/call", {"name": "read_file"}), AGENT)
    assert not relay.passes(Notification("notifications/tools/call"), AGENT)
    assert [(record.method, record.cause) for record in log.records] == [
        ("tools/call", "malformed"),
        ("notifications/tools/call", "malformed"),
    ]


async def test_of_the_server_requests_of_the_protocol_and_notifications_pass(relay: Relay) -> None:
    passing = ["sampling/createMessage", "elicitation/create", "roots/list", "ping", "tools/call", "x"]
    assert [relay.heard(Request(1, method)) for method in passing] == [True] * 4 + [False] * 2
    assert [relay.heard(Notification(method)) for method in ("notifications/x", "x")] == [True, False]


async def test_odd_bytes_are_answered_and_recorded(relay: Relay, log: Kept) -> None:
    assert relay.odd(Odd(-32600, "a batch"), AGENT) == failure(None, -32600, "a batch")
    assert [(record.actor, record.cause, record.error) for record in log.records] == [("agent", "malformed", "a batch")]


async def test_the_schema_is_the_servers_own_fetched_in_the_clients_era(relay: Relay, server: Server) -> None:
    def page(request: Request) -> Json:
        cursor = (request.params or {}).get("cursor")
        return {"tools": TOOLS[1:]} if cursor == "2" else {"tools": TOOLS[:1], "nextCursor": "2"}

    server.answers["tools/list"] = page
    assert shown(await relay.answer(call("slow", "etc/a", _meta=STATELESS), AGENT, server)).startswith("Refused (read_")
    assert [request.params for request in server.asked] == [{"_meta": STATELESS}, {"cursor": "2", "_meta": STATELESS}]
    assert len({request.id for request in server.asked} - {7}) == 2


async def test_a_schema_that_changed_since_it_was_seen_refuses_whoever_showed_the_change(
    relay: Relay, server: Server
) -> None:
    assert isinstance(await relay.answer(Request(7, "tools/list"), AGENT, server), Result)
    wider = {**SCHEMA, "properties": {"path": {"type": "string"}, "run": {"type": "string"}}}
    server.answers["tools/list"] = {"tools": [{"name": "read_file", "inputSchema": wider}]}
    assert await relay.answer(call("read_file"), AGENT, server) == Result(7, server.answers["tools/call"])
    relay.heard(Notification("notifications/tools/list_changed"))
    said = shown(await relay.answer(call("read_file"), AGENT, server))
    assert said.startswith("Refused (deny_by_default.schema_unknown): ")
    server.answers["tools/list"] = {"tools": TOOLS}
    relay.heard(Notification("notifications/tools/list_changed"))
    said = shown(await relay.answer(call("read_file"), AGENT, server))
    assert said.startswith("Refused (deny_by_default.schema_unknown): ")
    assert json.dumps(server.methods()).count("tools/call") == 1


@pytest.mark.parametrize(
    ("method", "params", "meant"),
    [
        ("tools/call", {"name": "read_file", "arguments": {"path": "docs/a.md"}, "Name": "hidden"}, "name"),
        ("tools/call", {"name": "read_file", "arguments": {"path": "docs/a"}, "argument\u017f": {}}, "arguments"),
        ("tools/call", {"name": "read_file", "ARGUMENTS": {"path": "docs/a"}}, "arguments"),
        ("tools/call", {"name": "read_file", "arguments": {"path": "docs/a"}, "_Meta": {}}, "_meta"),
        ("resources/read", {"uri": "file:///docs/a", "Ur\u0131": "file:///etc/passwd"}, "uri"),
        ("prompts/get", {"name": "greet", "NAME": "hidden"}, "name"),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "greet", "Name": "hidden"}}, "name"),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "greet"}, "Ref": {}}, "ref"),
        ("subscriptions/listen", {"notifications": {"ResourceSubscriptions": ["file:///x"]}}, "resourceSubscriptions"),
        ("tasks/get", {"taskId": "mine", "taskid": "another's"}, "taskId"),
    ],
)
async def test_a_key_that_some_servers_take_for_another_is_refused_and_nothing_is_sent(
    relay: Relay, server: Server, log: Kept, method: str, params: dict[str, Json], meant: str
) -> None:
    answer = await relay.answer(Request(7, method, params), AGENT, server)
    assert answer == failure(7, -32602, f"Invalid params: a key must be spelled {meant}")
    assert (server.asked, log.events()) == ([], [("decision", "DENY", "malformed")])
