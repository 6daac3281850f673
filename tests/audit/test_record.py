"""The record: the kit's fields, one line, whatever was called."""

import dataclasses
import json
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_opa.audit import Record
from mcp_opa.model import Cause, Decision, Effect, Obligations, Outcome, Reason, Source, Status, Subject, ToolCall

KIT = """
    actor timestamp correlation_id session_id source_ip tool_name arguments server_id policy_decision
    policy_rule_matched auth_method status error duration_ms result_metadata model_output_ref context_sources
"""
CALL = ToolCall(
    Subject("agent", auth_method="api_key"),
    "read_file",
    {"path": "docs/.env", "token": "t"},
    server_id="files",
    correlation_id="c",
    session_id="s",
    source_ip="127.0.0.1",
    model_output_ref="sha256:ab",
    context_sources=("user input", "docs/a.md"),
)
REASON = Reason("read_only.path_denied", "/path", Source(12, 'denied_paths: "**/.env"'))
DENIED = Decision("id", Effect.DENY, Cause.POLICY, REASON.code, reasons=(REASON,), revision="r")
EXPECTED = {
    "event": "decision",
    "timestamp": "2026-09-21T14:13:20.500+00:00",
    "actor": "agent",
    "correlation_id": "c",
    "session_id": "s",
    "source_ip": "127.0.0.1",
    "tool_name": "read_file",
    "arguments": {"path": "docs/.env", "token": "[redacted]"},
    "server_id": "files",
    "policy_decision": "DENY",
    "policy_rule_matched": "read_only.path_denied",
    "auth_method": "api_key",
    "status": None,
    "error": "",
    "duration_ms": None,
    "result_metadata": {},
    "model_output_ref": "sha256:ab",
    "context_sources": ["user input", "docs/a.md"],
    "method": "tools/call",
    "decision_id": "id",
    "revision": "r",
    "cause": "policy",
    "reasons": [{"code": REASON.code, "argument": "/path", "source": {"line": 12, "text": 'denied_paths: "**/.env"'}}],
    "would_deny": [],
    "alert": False,
}


def test_a_decision_is_written_whole() -> None:
    assert json.loads(Record.decided(CALL, DENIED, 1_790_000_000.5).line()) == EXPECTED


def test_an_outcome_repeats_the_decision_and_adds_what_came_of_it() -> None:
    outcome = Outcome(Status.TIMEOUT, "Stopped", 1000.5, {"type": "str", "bytes": 3})
    expected = EXPECTED | {
        "event": "outcome",
        "status": "TIMEOUT",
        "error": "Stopped",
        "duration_ms": 1000.5,
        "result_metadata": {"type": "str", "bytes": 3},
    }
    assert json.loads(Record.decided(CALL, DENIED, 0).ended(outcome, 1_790_000_000.5).line()) == expected


def test_it_has_the_kits_seventeen_fields_and_those_of_the_decision() -> None:
    fields = list(Record._fields)
    assert len(KIT.split()) == 17
    assert sorted(set(fields) - set(KIT.split())) == sorted(
        ["event", "method", "decision_id", "revision", "cause", "reasons", "would_deny", "alert"]
    )
    assert set(KIT.split()) < set(fields)


def test_what_a_monitored_call_was_let_pass_is_there() -> None:
    monitored = dataclasses.replace(DENIED, effect=Effect.LOG_AND_ALLOW, reasons=(), would_deny=(REASON,))
    record = Record.decided(CALL, monitored, 0)
    assert (record.policy_decision, record.reasons, record.would_deny) == (
        "LOG_AND_ALLOW",
        (),
        (EXPECTED["reasons"][0],),  # type: ignore[index]
    )


def test_it_alerts_where_the_policy_says_so_and_where_nothing_could_be_decided() -> None:
    alerting = dataclasses.replace(DENIED, obligations=Obligations(alert=True))
    failed = Decision("id", Effect.DENY, Cause.UNAVAILABLE, detail="OPA is away")
    assert [Record.decided(CALL, decision, 0).alert for decision in (DENIED, alerting, failed)] == [False, True, True]


def test_what_an_engine_says_is_bounded_and_holds_no_secret_either() -> None:
    token, long = "ghp_" + "a1B2" * 9, "x" * 1_000_000
    reasons = tuple(Reason(f"{token}{number}", token, Source(1, long)) for number in range(1000))
    lying = Decision("id", Effect.DENY, Cause.POLICY, long, reasons=reasons, would_deny=reasons, revision=token)
    line = Record.decided(CALL, lying, 0).line()
    assert (len(line) < 64 * 1024, token.encode() in line, len(json.loads(line)["reasons"])) == (True, False, 100)


def test_it_cannot_be_changed() -> None:
    record = Record.decided(CALL, DENIED, 0)
    with pytest.raises(AttributeError):
        record.actor = "other"  # type: ignore[misc]


def test_a_long_name_is_not_remembered() -> None:
    name = "n" * 1_000_000
    held = sys.getrefcount(name)
    Record.decided(dataclasses.replace(CALL, name=name, method=name), DENIED, 0)
    assert sys.getrefcount(name) == held


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.binary(max_size=8),
    lambda children: st.lists(children) | st.dictionaries(st.text(st.characters()) | st.integers(), children),
    max_leaves=50,
)


@given(arguments=JSON, name=st.text(st.characters()), detail=st.text(st.characters()))
def test_whatever_is_called_gives_one_line_of_strict_ascii_json(arguments: object, name: str, detail: str) -> None:
    decision = Decision("id", Effect.DENY, Cause.UNSENDABLE, detail=detail)
    line = Record.decided(dataclasses.replace(CALL, arguments=arguments, name=name), decision, 0).line()
    assert line.isascii()
    assert line.index(b"\n") == len(line) - 1
    json.loads(line, parse_constant=lambda text: (_ for _ in ()).throw(ValueError(text)))
    json.loads(line.decode())  # and no lone surrogate in it:
    json.dumps(json.loads(line), ensure_ascii=False).encode()
