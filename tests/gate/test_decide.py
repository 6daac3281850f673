"""From a verdict to a decision: obligations, limits, the record, and the failures of each."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any, NoReturn

import pytest

from mcp_opa import contract
from mcp_opa.audit import Record
from mcp_opa.gate import Denied, Gate
from mcp_opa.limits import RateLimiter
from mcp_opa.model import Answer, Cause, Decision, Effect, Outcome, Question, Status, Subject, ToolCall
from mcp_opa.pdp.embedded import EmbeddedOpa
from tests.gate.conftest import AGENT, READ, REFUSED, SLOW, WRITE, Kept


class Silent:
    """An engine that gives no answer."""

    def __init__(self, cause: Cause) -> None:
        self._cause = cause

    def ask(self, question: Question, document: bytes) -> Answer:
        return Answer(cause=self._cause, detail="of no use")


class Broken:
    """A limiter whose storage is away."""

    def hit(self, call: ToolCall, most: int) -> bool:
        raise ConnectionError("no storage")


def test_an_allowed_call_is_recorded_before_it_is_allowed(gate: Gate, log: Kept) -> None:
    decision = gate.decide(READ)
    assert decision
    assert log.events() == [("decision", "ALLOW", None)]
    assert (log.records[0].decision_id, log.records[0].alert) == (decision.id, False)


class Lines(list[Record]):
    """A log that holds nothing yet, and so is false."""

    write = list.append


def test_a_log_that_is_empty_is_still_the_log() -> None:
    log = Lines()
    decision = Gate(Silent(Cause.TIMEOUT), audit=log).decide(READ)
    assert [record.decision_id for record in log] == [decision.id]


def test_without_a_log_the_record_goes_to_standard_error(
    engine: EmbeddedOpa, capsys: pytest.CaptureFixture[str]
) -> None:
    decision = Gate(engine).decide(READ)
    said = capsys.readouterr()
    assert (bool(decision), said.out) == (True, "")
    assert [json.loads(line)["decision_id"] for line in said.err.splitlines()] == [decision.id]


def test_a_decision_has_an_id_of_128_bits(gate: Gate) -> None:
    ids = [gate.decide(READ).id, gate.refuse(READ, Cause.AUTHENTICATION, "nobody").id]
    assert [len(bytes.fromhex(found)) for found in ids] == [16, 16]


def test_a_refusal_is_recorded_with_its_reasons_and_alert(gate: Gate, log: Kept) -> None:
    decision = gate.decide(REFUSED)
    record = log.records[0]
    assert not decision
    assert (record.cause, record.policy_rule_matched, record.alert) == ("policy", "read_only.path_not_allowed", True)
    assert record.reasons[0]["argument"] == "/path"


def test_a_preview_is_not_recorded_and_not_counted(gate: Gate, log: Kept) -> None:
    assert [bool(gate.preview(WRITE)) for _ in range(5)] == [True] * 5
    assert log.records == []


def test_what_cannot_be_recorded_is_refused(gate: Gate, log: Kept) -> None:
    log.failing = OSError("disk full")
    allowed, refused = gate.decide(READ), gate.decide(REFUSED)
    assert (bool(allowed), allowed.effect, allowed.cause) == (False, Effect.DENY, Cause.AUDIT)
    assert "disk full" in allowed.detail
    assert (bool(refused), refused.cause, refused.rule) == (False, Cause.AUDIT, "read_only.path_not_allowed")
    log.failing = None
    assert gate.decide(READ)


@pytest.mark.parametrize(
    "cause", [Cause.UNDEFINED, Cause.MALFORMED, Cause.UNAVAILABLE, Cause.TIMEOUT, Cause.UNSENDABLE]
)
def test_an_engine_without_an_answer_refuses_with_its_own_cause_and_alerts(cause: Cause, log: Kept) -> None:
    decision = Gate(Silent(cause), audit=log).decide(READ)
    expected = Decision(decision.id, Effect.DENY, cause, detail="of no use")
    assert decision == expected
    assert [(record.cause, record.error, record.alert) for record in log.records] == [(cause.value, "of no use", True)]


def test_calls_past_the_rate_limit_are_refused(gate: Gate, log: Kept) -> None:
    decisions = [gate.decide(WRITE) for _ in range(3)]
    assert [decision.cause for decision in decisions] == [Cause.POLICY, Cause.POLICY, Cause.RATE_LIMIT]
    assert [bool(decision) for decision in decisions] == [True, True, False]
    assert log.events()[2] == ("decision", "DENY", None)


def test_each_actor_server_and_tool_has_a_limit_of_its_own(gate: Gate) -> None:
    assert [bool(gate.decide(WRITE)) for _ in range(3)] == [True, True, False]
    elsewhere = dataclasses.replace(WRITE, server_id="other")
    assert [bool(gate.decide(elsewhere)) for _ in range(3)] == [True, True, False]


def test_a_refused_call_is_not_counted(gate: Gate) -> None:
    wrong = dataclasses.replace(WRITE, arguments={"path": "etc/passwd", "content": "x"})
    assert [bool(gate.decide(call)) for call in (wrong, wrong, wrong, WRITE, WRITE)] == [False] * 3 + [True] * 2


def test_a_limiter_that_fails_refuses(engine: EmbeddedOpa, log: Kept) -> None:
    gate = Gate(engine, audit=log, limiter=Broken())
    decision = gate.decide(WRITE)
    assert (bool(decision), decision.cause) == (False, Cause.RATE_LIMIT)
    assert "no storage" in decision.detail
    assert gate.decide(READ), "a call without a limit wants no storage"


class Speechless(Exception):
    """An error that can't even be spelled."""

    def __str__(self) -> str:
        raise RuntimeError

    __repr__ = __str__


async def _later(*_: object) -> bool:
    return True


class Odd:
    """A log, a limiter and an engine, each of which does the same odd thing."""

    def __init__(self, done: Callable[..., Any]) -> None:
        self.write = self.hit = self.ask = done


def test_a_log_that_only_promises_to_write_refuses(engine: EmbeddedOpa) -> None:
    decision = Gate(engine, audit=Odd(_later)).decide(READ)
    assert (bool(decision), decision.cause) == (False, Cause.AUDIT)
    assert "make it a plain `def`" in decision.detail


@pytest.mark.parametrize(
    "answer", [_later, lambda *_: 1, lambda *_: "no", lambda *_: None], ids=["later", "1", "no", "none"]
)
def test_a_limiter_that_says_neither_yes_nor_no_refuses(
    engine: EmbeddedOpa, log: Kept, answer: Callable[..., Any]
) -> None:
    decision = Gate(engine, audit=log, limiter=Odd(answer)).decide(WRITE)
    assert (bool(decision), decision.cause) == (False, Cause.RATE_LIMIT)
    assert "must give True or False" in decision.detail


@pytest.mark.parametrize("answer", [_later, lambda *_: True, lambda *_: None], ids=["later", "true", "none"])
def test_an_engine_that_gives_no_answer_refuses(log: Kept, answer: Callable[..., Any]) -> None:
    gate = Gate(Odd(answer), audit=log)
    decision = gate.decide(READ)
    assert (bool(decision), decision.cause) == (False, Cause.MALFORMED)
    with pytest.raises(contract.Fault, match="no Answer"):
        gate.visible(AGENT, "tools/list", None, [])


@pytest.mark.parametrize(
    "error",
    [Speechless(), RecursionError("deep"), MemoryError(), StopIteration()],
    ids=lambda error: type(error).__name__,
)
def test_whatever_is_raised_on_the_way_refuses_with_the_cause_of_where_it_was(
    engine: EmbeddedOpa, log: Kept, error: Exception
) -> None:
    def fail(*_: object) -> NoReturn:
        raise error

    odd = Odd(fail)
    gates = [Gate(engine, audit=odd), Gate(engine, audit=log, limiter=odd), Gate(odd, audit=log)]
    decisions = [gate.decide(WRITE) for gate in gates]
    assert [decision.cause for decision in decisions] == [Cause.AUDIT, Cause.RATE_LIMIT, Cause.UNAVAILABLE]
    assert [type(error).__name__ in decision.detail for decision in decisions] == [True] * 3


def test_an_outcome_that_is_only_promised_is_an_error(gate: Gate, engine: EmbeddedOpa) -> None:
    with pytest.raises(TypeError, match="the log's write is async"):
        Gate(engine, audit=Odd(_later)).complete(READ, gate.preview(READ), Outcome(Status.SUCCESS))


def test_a_limiter_may_be_shared_by_gates(engine: EmbeddedOpa, log: Kept) -> None:
    limiter = RateLimiter()
    gates = [Gate(engine, audit=log, limiter=limiter) for _ in range(2)]
    assert [bool(gate.decide(WRITE)) for gate in (*gates, *gates)] == [True, True, False, False]


def test_an_obligation_that_the_caller_does_not_keep_refuses(engine: EmbeddedOpa, log: Kept) -> None:
    decision = Gate(engine, audit=log).decide(SLOW)
    assert (bool(decision), decision.effect, decision.cause) == (False, Effect.DENY, Cause.MALFORMED)
    assert "keeps=" in decision.detail
    assert Gate(engine, audit=log, keeps={"timeout_seconds"}).decide(SLOW).obligations.timeout_seconds == 1


def test_a_refusal_obliges_the_caller_to_nothing(engine: EmbeddedOpa, log: Kept) -> None:
    refused = dataclasses.replace(SLOW, arguments={"path": "etc/passwd"})
    decision = Gate(engine, audit=log).decide(refused)
    assert (decision.obligations.timeout_seconds, decision.cause) == (1, Cause.POLICY)


def test_a_promise_that_is_none_is_an_error(engine: EmbeddedOpa) -> None:
    with pytest.raises(ValueError, match="timeout is no obligation; there are alert, log"):
        Gate(engine, keeps={"timeout"})


def test_enforce_returns_the_decision_or_raises(gate: Gate) -> None:
    assert gate.enforce(READ).permits == ("read_only.permitted",)
    with pytest.raises(Denied) as denied:
        gate.enforce(REFUSED)
    assert denied.value.decision.rule == "read_only.path_not_allowed"


def test_the_client_hears_a_code_a_sentence_and_the_id_alone(gate: Gate) -> None:
    with pytest.raises(Denied) as denied:
        gate.enforce(REFUSED)
    expected = (
        "Refused (read_only.path_not_allowed): No entry of the grant's allowed_paths covers the path. "
        f"Decision {denied.value.decision.id}. Ask security@example.com."
    )
    assert (denied.value.message, str(denied.value)) == (expected, expected)


def test_a_rule_that_is_none_of_ours_is_not_shown_to_the_client(gate: Gate) -> None:
    told = dataclasses.replace(gate.preview(REFUSED), id="7", rule="only docs/** for bob")
    assert Denied(told).message == "Refused (policy): The policy does not permit this call. Decision 7."


def test_a_call_past_the_limit_is_refused_in_other_words_than_by_the_policy(gate: Gate) -> None:
    permitted = dataclasses.replace(gate.preview(WRITE), id="7", effect=Effect.DENY, cause=Cause.RATE_LIMIT)
    assert permitted.rule == "scoped_write.permitted"
    expected = "Refused (rate_limit): The tool can't be called more often for now; try again later. Decision 7."
    assert Denied(permitted).message == expected


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not Cause.POLICY])
def test_a_failure_to_decide_has_a_sentence_without_its_details(gate: Gate, cause: Cause) -> None:
    denied = Denied(gate.refuse(READ, cause, "http://10.0.0.7:8181 is away"))
    assert denied.message.startswith(f"Refused ({cause.value}): ")
    assert "10.0.0.7" not in denied.message


@pytest.mark.parametrize(
    "odd",
    [
        ToolCall(AGENT, 7),  # type: ignore[arg-type]
        ToolCall(AGENT, "read_file", {"path": object()}),
        ToolCall(AGENT, "read_file", {"path": "\ud800"}),
        ToolCall(AGENT, "read_file", {7: "x"}),
        ToolCall(AGENT, "read_file", method=None),  # type: ignore[arg-type]
        ToolCall(Subject(["agent"]), "read_file"),  # type: ignore[arg-type]
        ToolCall(Subject("agent", ["g"]), "read_file"),  # type: ignore[arg-type]
        ToolCall(AGENT, "read_file", server_id=b"x"),  # type: ignore[arg-type]
        ToolCall(None, "read_file"),  # type: ignore[arg-type]
    ],
    ids=["name", "object", "surrogate", "key", "method", "actor", "groups", "server", "subject"],
)
def test_a_call_of_odd_types_is_refused_and_never_raises(gate: Gate, odd: ToolCall) -> None:
    assert not gate.decide(odd)


def test_an_outcome_is_recorded_under_its_decision(gate: Gate, log: Kept) -> None:
    decision = gate.decide(READ)
    gate.complete(READ, decision, Outcome(Status.FAILURE, "no such file", 1.5, {"bytes": 3}))
    record = log.records[1]
    assert (record.event, record.decision_id, record.status, record.error) == (
        "outcome",
        decision.id,
        "FAILURE",
        "no such file",
    )
    assert (record.duration_ms, record.result_metadata, record.tool_name) == (1.5, {"bytes": 3}, "read_file")
