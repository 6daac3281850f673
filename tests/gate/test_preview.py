"""The gate's sequence, on an engine in memory that answers as it is told."""

import json
from typing import Any

import pytest

from mcp_opa import contract
from mcp_opa.gate import Gate
from mcp_opa.model import Answer, Cause, Decision, Effect, Json, Question, Subject, ToolCall

CALL = ToolCall(Subject("agent"), "query", {"sql": "SELECT 1", "content": "é"})


class Scripted:
    """An engine in memory: one policy, whose revision and needs a test may change between two questions."""

    def __init__(self) -> None:
        self.asked: list[tuple[Question, Json]] = []
        self.revisions = ["r1"]
        self.failing: dict[Question, Answer] = {}

    def ask(self, question: Question, document: bytes) -> Answer:
        asked = json.loads(document)
        self.asked.append((question, asked))
        if question in self.failing:
            return self.failing[question]
        revision = self.revisions.pop(0) if len(self.revisions) > 1 else self.revisions[0]
        return Answer({"version": 1, "id": asked["id"], "revision": revision, **self._body(question, asked)})

    def questions(self) -> list[Question]:
        return [question for question, _ in self.asked]

    def _body(self, question: Question, asked: dict[str, Any]) -> dict[str, Json]:
        if question is Question.NEEDS:
            return {"contact": "", "schemas": [], "sql": [], "url": [], "content": [["content"]]}
        if question is Question.VISIBLE:
            return {"visible": [resource["id"] != "hidden" for resource in asked["resources"]]}
        obligations = {"timeout_seconds": None, "rate_limit": None, "log": True, "alert": False}
        permits = ["read_only.permitted"]
        verdict = {"effect": "ALLOW", "allow": True, "rule": permits[0], "permits": permits}
        return {**verdict, "reasons": [], "would_deny": [], "obligations": obligations}


@pytest.fixture
def engine() -> Scripted:
    return Scripted()


@pytest.fixture
def gate(engine: Scripted) -> Gate:
    return Gate(engine, clock=lambda: 1_790_000_000.9)


def test_needs_are_asked_first_and_the_facts_follow_them(gate: Gate, engine: Scripted) -> None:
    decision = gate.preview(CALL, request_id="id-1")
    assert (bool(decision), decision.id, decision.revision) == (True, "id-1", "r1")
    assert engine.questions() == [Question.NEEDS, Question.DECISION]
    context = engine.asked[1][1]["context"]
    facts = {"schema": "none", "sql": {}, "url": {}, "sizes": {"/content": 2}, "elided": {}, "uri": None}
    assert (context["facts"], context["time"]) == (facts, 1_790_000_000)


def test_needs_are_remembered_for_the_same_subject_and_tool(gate: Gate, engine: Scripted) -> None:
    gate.preview(CALL)
    gate.preview(CALL)
    assert engine.questions() == [Question.NEEDS, Question.DECISION, Question.DECISION]


def test_needs_of_several_are_remembered_until_one_of_them_shows_another_revision(gate: Gate, engine: Scripted) -> None:
    other = ToolCall(Subject("agent"), "other")
    for call in (CALL, other, CALL, other):
        gate.preview(call)
    assert engine.questions() == [Question.NEEDS, Question.DECISION] * 2 + [Question.DECISION] * 2
    engine.asked.clear()
    engine.revisions = ["r2"]
    for call in (CALL, other, CALL):
        assert gate.preview(call).revision == "r2"
    again = [Question.DECISION, Question.NEEDS, Question.DECISION]
    assert engine.questions() == [*again, Question.NEEDS, Question.DECISION, Question.DECISION]


def test_the_needs_that_were_not_used_for_longest_are_forgotten_first(gate: Gate, engine: Scripted) -> None:
    def asks_needs(number: int) -> bool:
        engine.asked.clear()
        gate.preview(ToolCall(Subject("agent"), f"tool-{number}"))
        return Question.NEEDS in engine.questions()

    assert all(asks_needs(number) for number in range(4096))
    assert [asks_needs(number) for number in (0, 4096, 0, 1, 3)] == [False, True, False, True, False]


@pytest.mark.parametrize(
    "other",
    [
        ToolCall(Subject("other"), "query"),
        ToolCall(Subject("agent", ("group",)), "query"),
        ToolCall(Subject("agent"), "query", server_id="s"),
        ToolCall(Subject("agent"), "other"),
        ToolCall(Subject("agent"), "query", method="prompts/get"),
    ],
)
def test_needs_are_not_shared_with_another_question(gate: Gate, engine: Scripted, other: ToolCall) -> None:
    gate.preview(CALL)
    gate.preview(other)
    assert engine.questions() == [Question.NEEDS, Question.DECISION, Question.NEEDS, Question.DECISION]


def test_an_answer_of_another_revision_is_asked_again_with_fresh_needs(gate: Gate, engine: Scripted) -> None:
    engine.revisions = ["r1", "r2"]
    decision = gate.preview(CALL)
    assert (bool(decision), decision.revision) == (True, "r2")
    assert engine.questions() == [Question.NEEDS, Question.DECISION, Question.NEEDS, Question.DECISION]


def test_a_policy_that_keeps_changing_is_a_refusal(gate: Gate, engine: Scripted) -> None:
    engine.revisions = ["r1", "r2", "r3", "r4"]
    decision = gate.preview(CALL, request_id="id-1")
    assert (decision.effect, decision.cause) == (Effect.DENY, Cause.UNAVAILABLE)


@pytest.mark.parametrize("question", [Question.NEEDS, Question.DECISION])
def test_an_engine_that_fails_is_a_refusal_with_its_cause(gate: Gate, engine: Scripted, question: Question) -> None:
    engine.failing[question] = Answer(cause=Cause.TIMEOUT, detail="late")
    assert gate.preview(CALL, request_id="i") == Decision("i", Effect.DENY, Cause.TIMEOUT, detail="late")
    engine.failing.clear()
    assert gate.preview(CALL)


def test_a_failed_answer_is_not_remembered(gate: Gate, engine: Scripted) -> None:
    engine.failing[Question.NEEDS] = Answer(cause=Cause.UNAVAILABLE)
    gate.preview(CALL)
    engine.failing.clear()
    gate.preview(CALL)
    assert engine.questions() == [Question.NEEDS, Question.NEEDS, Question.DECISION]


def test_a_call_that_cannot_be_sent_is_a_refusal(gate: Gate) -> None:
    decision = gate.preview(ToolCall(Subject("agent"), "query", {"a": float("nan")}), request_id="i")
    assert (decision.effect, decision.cause) == (Effect.DENY, Cause.UNSENDABLE)
    assert "arguments/a" in decision.detail


def test_every_decision_has_an_id_of_its_own(gate: Gate) -> None:
    assert len({gate.preview(CALL).id for _ in range(50)}) == 50


def test_a_page_is_filtered_in_one_question(gate: Gate, engine: Scripted) -> None:
    page = [contract.Resource("tool", "a"), contract.Resource("tool", "hidden")]
    assert gate.visible(Subject("agent"), "tools/list", None, page) == [True, False]
    assert engine.questions() == [Question.VISIBLE]
    assert len(bytes.fromhex(engine.asked[0][1]["id"])) == 16
