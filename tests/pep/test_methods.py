"""The table of methods, held against the official SDK's."""

import mcp_types.methods as sdk
import pytest

from mcp_opa.contract import Resource
from mcp_opa.model import Json
from mcp_opa.pep import methods
from mcp_opa.pep.message import Request

TASKS = {"tasks/get", "tasks/result", "tasks/list", "tasks/cancel"}


def test_every_method_of_either_era_is_in_the_table_and_no_other() -> None:
    assert set(methods.CLIENT_REQUESTS) == sdk.SPEC_CLIENT_METHODS | TASKS | {"tasks/update"}
    known = sdk.SPEC_CLIENT_NOTIFICATION_METHODS | {"notifications/tasks/status"}
    assert sorted(methods.CLIENT_NOTIFICATIONS) == sorted(known)
    assert sorted(methods.SERVER_REQUESTS) == sorted({method for method, _ in sdk.SERVER_REQUESTS} | TASKS)


def test_what_runs_reads_or_subscribes_is_decided_and_what_lists_is_filtered() -> None:
    decided = {name for name, route in methods.CLIENT_REQUESTS.items() if isinstance(route, methods.Decided)}
    assert decided == {
        "tools/call",
        "prompts/get",
        "resources/read",
        "resources/subscribe",
        "resources/unsubscribe",
        "completion/complete",
    }
    listed = {name for name, route in methods.CLIENT_REQUESTS.items() if isinstance(route, methods.Listed)}
    assert listed == {name for name in sdk.SPEC_CLIENT_METHODS if name.endswith("/list")}
    passed = {name for name, route in methods.CLIENT_REQUESTS.items() if isinstance(route, methods.Passed)}
    assert passed == {"initialize", "ping", "server/discover", "logging/setLevel"}


@pytest.mark.parametrize(
    "method", ["", "Tools/Call", "tools/call ", "tools/\u0441all", "interceptors/list", "__class__"]
)
def test_what_is_not_in_the_table_does_not_pass(method: str) -> None:
    assert methods.from_client(method) is None


def test_what_the_era_without_sessions_has_removed_does_not_pass_there() -> None:
    removed = {name for name in methods.CLIENT_REQUESTS if methods.from_client(name, sessions=False) is None}
    assert removed == {"resources/subscribe", "resources/unsubscribe", "tasks/list", "tasks/result"}


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("tools/call", {}),
        ("tools/call", {"name": None}),
        ("tools/call", {"name": ["read"]}),
        ("tools/call", {"name": "read", "_meta": {"fastmcp": {"version": "1"}}}),
        ("prompts/get", {"name": "a", "_meta": {"fastmcp": {"version": {"lt": "2"}}}}),
        ("resources/read", {"uri": "file:///a", "_meta": {"fastmcp": {"version": None}}}),
        ("prompts/get", {"Name": "a"}),
        ("resources/read", {"uri": 7}),
        ("resources/read", {"name": "a"}),
        ("completion/complete", {"argument": {}}),
        ("completion/complete", {"ref": "ref/prompt"}),
        ("completion/complete", {"ref": {"type": "ref/prompt"}}),
        ("completion/complete", {"ref": {"type": "ref/prompt", "name": "a:b"}}),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "no-uri"}}),
        ("completion/complete", {"ref": {"type": "ref/other", "name": "a", "uri": "a:b"}}),
    ],
)
def test_parameters_that_name_nothing_are_unreadable(method: str, params: dict[str, Json]) -> None:
    route = methods.from_client(method)
    assert isinstance(route, methods.Decided)
    with pytest.raises(methods.Unreadable):
        route.read(params)


@pytest.mark.parametrize(
    ("method", "params", "read"),
    [
        ("tools/call", {"name": "read"}, ("read", {})),
        ("tools/call", {"name": "read", "arguments": {"a": 1}, "requestState": "x"}, ("read", {"a": 1})),
        ("tools/call", {"name": "read", "arguments": None}, ("read", None)),
        ("tools/call", {"name": "read", "_meta": {"fastmcp": {"tags": []}, "version": "1"}}, ("read", {})),
        ("tools/call", {"name": "read", "_meta": {"fastmcp": "version"}}, ("read", {})),
        ("resources/read", {"uri": "file:///a", "arguments": {"a": 1}}, ("file:///a", {})),
        (
            "completion/complete",
            {"ref": {"type": "ref/prompt", "name": "a"}, "argument": {"name": "b", "value": "c"}},
            ("a", {"name": "b", "value": "c"}),
        ),
        ("completion/complete", {"ref": {"type": "ref/resource", "uri": "file:///{a}"}}, ("file:///{a}", None)),
    ],
)
def test_what_is_asked_for_is_read(method: str, params: dict[str, Json], read: tuple[str, Json]) -> None:
    route = methods.from_client(method)
    assert isinstance(route, methods.Decided)
    assert route.read(params) == read


@pytest.mark.parametrize(
    "wanted",
    [
        [],
        "all",
        {"resourceSubscriptions": "file:///a"},
        {"resourceSubscriptions": [7]},
        {"taskIds": {}},
        {"resourceSubscriptions": ["file:///a"] * 60, "taskIds": ["a"] * 60},
    ],
)
def test_a_stream_that_can_not_be_read_or_wants_too_much_is_unreadable(wanted: Json) -> None:
    with pytest.raises(methods.Unreadable):
        methods.listened({"notifications": wanted})


def test_a_stream_names_what_it_subscribes_to() -> None:
    assert methods.listened({}) == ([], [])
    wanted = {"toolsListChanged": True, "resourceSubscriptions": ["file:///a"], "taskIds": ["t"]}
    assert methods.listened({"notifications": wanted}) == (["file:///a"], ["t"])


@pytest.mark.parametrize(
    ("method", "name", "seen"),
    [
        ("tools/call", "read", ("tools/list", Resource("tool", "read"))),
        ("prompts/get", "a:b", ("prompts/list", Resource("prompt", "a:b"))),
        ("completion/complete", "a", ("prompts/list", Resource("prompt", "a"))),
        ("completion/complete", "a:b", ("resources/templates/list", Resource("resource_template", "a:b"))),
        ("resources/subscribe", "a:b", ("resources/list", Resource("resource", "a:b"))),
    ],
)
def test_what_is_named_has_a_list_where_it_is_seen(method: str, name: str, seen: tuple[str, Resource]) -> None:
    assert methods.catalogued(method, name) == seen


def test_the_era_is_what_the_request_states_and_goes_with_the_relays_own() -> None:
    meta = {f"io.modelcontextprotocol/{key}": value for key, value in (("protocolVersion", "2026-07-28"), ("x", 1))}
    stateless = Request(1, "ping", {"_meta": {**meta, "actor": "admin"}})
    assert (methods.stateless(stateless), methods.era(stateless)) == (
        True,
        {"io.modelcontextprotocol/protocolVersion": "2026-07-28"},
    )
    other: list[Json] = [None, {}, {"_meta": []}, {"_meta": {"io.modelcontextprotocol/protocolVersion": 2026}}]
    requests = [Request(1, "ping", params) for params in other]
    assert [(methods.stateless(request), methods.era(request)) for request in requests] == [(False, {})] * 4
