"""The door of a running OPA, attacked: what isn't a question of a known caller is refused, and changes nothing."""

from __future__ import annotations

import hashlib
import json
import socket
from collections.abc import Iterator

import pytest

from tests.opa_door.conftest import Build
from tests.opa_door.world import TOKEN, Bundles, Opa, Start, known, wait

pytestmark = pytest.mark.live

ASK = "/v1/data/mcp/authz/about"
BODY = '{"input": {"id": "1"}}'
OPEN = "package system.authz\n\nallow := true\n"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
REFUSED = 401

OTHER_REQUESTS = [
    ("PUT", "/v1/policies/mine", OPEN),
    ("PUT", "/v1/policies/authz/authz.rego", OPEN),
    ("DELETE", "/v1/policies/authz/authz.rego", None),
    ("DELETE", "/v1/policies/mcp/mcp/authz/authz.rego", None),
    ("GET", "/v1/policies", None),
    ("PUT", "/v1/data/callers", known("the-token-of-an-attacker-of-32-characters")),
    ("PUT", "/v1/data/mcp/policy", "{}"),
    ("PATCH", "/v1/data", '[{"op": "add", "path": "/callers/x", "value": "x"}]'),
    ("DELETE", "/v1/data/mcp/policy", None),
    ("DELETE", "/v1/data", None),
    ("GET", "/v1/data", None),
    ("GET", ASK, None),
    ("OPTIONS", ASK, None),
    ("PUT", ASK, BODY),
    ("POST", "/v1/data", BODY),
    ("POST", "/v1/data/callers", BODY),
    ("POST", "/v1/data/system/authz/allow", BODY),
    ("POST", "/v1/data/mcp/policy", BODY),
    ("POST", "/v1/data/mcp/authz", BODY),
    ("POST", f"{ASK}/version", BODY),
    ("POST", f"/{ASK}", BODY),
    ("POST", f"/x/..{ASK}", BODY),
    ("POST", "/v1/data/mcp%2Fauthz%2Fabout", BODY),
    ("POST", "/v1/data/mcp/authz/about%00", BODY),
    ("POST", "/v1/data/mcp/authz/About", BODY),
    ("POST", "/v0/data/mcp/authz/about", BODY),
    ("POST", "/v1/batch/data/mcp/authz/about", BODY),
    ("POST", "/", BODY),
    ("GET", "/", None),
    ("POST", "/v1/query", '{"query": "data.callers = x"}'),
    ("GET", "/v1/query?q=data.callers=x", None),
    ("POST", "/v1/compile", '{"query": "data.callers = x"}'),
    ("POST", "/v1/compile/mcp/authz/about", BODY),
    ("GET", "/v1/config", None),
    ("GET", "/v1/status", None),
    ("GET", "/health/live", None),
    ("GET", "/health?pretty", None),
    ("GET", "/metrics?pretty", None),
    ("GET", "/debug/pprof/heap", None),
    ("POST", f"{ASK}?explain=full", BODY),
    ("POST", f"{ASK}?provenance=true&explain=notes", BODY),
    ("POST", f"{ASK}?pretty=true", BODY),
    ("POST", f"{ASK}?metrics=true", BODY),
    ("POST", f"{ASK}?instrument=true", BODY),
    ("POST", f"{ASK}?%65xplain=full", BODY),
]
"""Sent with the token of a known caller."""

OTHER_CALLERS = [
    {},
    {"Authorization": ""},
    {"Authorization": "Bearer"},
    {"Authorization": "Bearer "},
    {"Authorization": "Bearer another-token-of-more-than-thirty-two-characters"},
    {"Authorization": f"Bearer {TOKEN.upper()}"},
    {"Authorization": f"Bearer {TOKEN}x"},
    {"Authorization": f"Bearer {hashlib.sha256(TOKEN.encode()).hexdigest()}"},
    {"Authorization": TOKEN},
    {"Authorization": f"Basic {TOKEN}"},
    {"Proxy-Authorization": f"Bearer {TOKEN}"},
    {"X-Forwarded-Authorization": f"Bearer {TOKEN}"},
    {"Cookie": f"Authorization=Bearer {TOKEN}"},
]


@pytest.fixture(scope="module")
def locked(start: Start, bundles: Bundles, build: Build) -> Iterator[Opa]:
    """A locked OPA whose policy is active."""
    bundles.publish(build("read_file"))
    with start() as opa:
        wait("the policy", opa.revision)
        yield opa


@pytest.fixture(autouse=True)
def unchanged(locked: Opa) -> Iterator[None]:
    """Whatever a test does, OPA answers afterwards as before."""
    before = locked.ask("about", {"id": "1"})
    assert before["result"]["id"] == "1"
    yield
    assert locked.ask("about", {"id": "1"}) == before


def test_a_known_caller_asks_the_four_questions(locked: Opa) -> None:
    for question in ("about", "decision", "needs", "visible"):
        target = f"/v1/data/mcp/authz/{question}?strict-builtin-errors=true&provenance=true"
        assert locked.request("POST", target, BODY, BEARER)[0] == 200


@pytest.mark.parametrize(("method", "target", "body"), OTHER_REQUESTS)
def test_a_known_caller_can_do_nothing_else(locked: Opa, method: str, target: str, body: str | None) -> None:
    assert locked.request(method, target, body, BEARER)[0] == REFUSED


def test_what_opa_refuses_before_it_asks_the_door_gets_no_answer_either(locked: Opa) -> None:
    assert locked.request("HEAD", ASK, None, BEARER) == (405, b"")
    assert locked.request("POST", f"{ASK}/", BODY, BEARER) == (301, b"")


@pytest.mark.parametrize("headers", OTHER_CALLERS)
@pytest.mark.parametrize(("method", "target"), [("POST", ASK), ("GET", "/metrics"), ("DELETE", "/v1/policies/x")])
def test_nobody_else_gets_in(locked: Opa, method: str, target: str, headers: dict[str, str]) -> None:
    assert locked.request(method, target, BODY, headers)[0] == REFUSED


def test_a_token_beside_its_header_is_none(locked: Opa) -> None:
    assert locked.request("POST", f"{ASK}?token={TOKEN}", BODY)[0] == REFUSED
    assert locked.request("POST", ASK, json.dumps({"input": {}, "identity": TOKEN}))[0] == REFUSED


def test_of_two_tokens_only_one_is_read(locked: Opa) -> None:
    statuses = []
    for tokens in [("wrong", TOKEN), (TOKEN, "wrong")]:
        lines = "".join(f"Authorization: Bearer {token}\r\n" for token in tokens)
        statuses.append(_raw(locked, f"POST {ASK} HTTP/1.1\r\nHost: opa\r\n{lines}Content-Length: 0\r\n"))
    assert statuses == [401, 200]


def test_another_method_in_a_header_is_not_looked_at(locked: Opa) -> None:
    headers = BEARER | {"X-HTTP-Method-Override": "DELETE", "X-Original-URL": "/v1/policies/x"}
    assert locked.request("POST", ASK, BODY, headers)[0] == 200


def test_health_is_for_all_and_metrics_for_callers(locked: Opa) -> None:
    assert locked.request("GET", "/health?bundles&plugins") == (200, b"{}\n")
    assert locked.request("GET", "/metrics")[0] == REFUSED
    assert locked.request("GET", "/metrics", headers=BEARER)[0] == 200


def test_a_body_larger_than_any_question_is_not_read(locked: Opa) -> None:
    status, answer = locked.request("POST", ASK, '"' + "x" * 2_097_152 + '"', BEARER)
    assert (status, json.loads(answer)["code"]) == (400, "invalid_parameter")


def _raw(opa: Opa, head: str) -> int:
    """The status that a request gets whose head is sent as it stands."""
    host, port = opa.address.split(":")
    with socket.create_connection((host, int(port)), 10) as connection:
        connection.sendall(f"{head}Connection: close\r\n\r\n".encode())
        return int(connection.makefile("rb").readline().split()[1])
