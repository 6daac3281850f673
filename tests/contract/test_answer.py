"""From any answer of an engine to a decision: only a whole and well-formed allow is one."""

import itertools
from typing import Any

import pytest

from mcp_opa.contract import Fault, canonical, parse, to_decision, to_needs, to_visible
from mcp_opa.model import Answer, Cause, Decision, Effect, Needs, Obligations, Reason, Source

OBLIGATIONS = {"timeout_seconds": 30, "rate_limit": None, "log": True, "alert": False}
ALLOW: dict[str, Any] = {
    "version": 1,
    "id": "id-1",
    "effect": "ALLOW",
    "allow": True,
    "rule": "read_only.permitted",
    "permits": ["read_only.permitted"],
    "reasons": [],
    "would_deny": [],
    "obligations": OBLIGATIONS,
    "revision": "r1",
}
REASON = {"code": "read_only.path_denied", "argument": "/path", "source": {"line": 7, "text": "denied_paths: **/.env"}}
DENY = {**ALLOW, "effect": "DENY", "allow": False, "rule": "read_only.path_denied", "permits": [], "reasons": [REASON]}
MONITORED = {**ALLOW, "effect": "LOG_AND_ALLOW", "would_deny": [{"code": "deny_by_default.no_grant"}]}


def decide(value: object) -> Decision:
    return to_decision(Answer(value), "id-1")


def test_a_whole_allow_allows() -> None:
    decision = decide(ALLOW)
    assert decision == Decision(
        id="id-1",
        effect=Effect.ALLOW,
        cause=Cause.POLICY,
        rule="read_only.permitted",
        permits=("read_only.permitted",),
        obligations=Obligations(timeout_seconds=30),
        revision="r1",
    )
    assert bool(decision) is True


def test_a_whole_refusal_keeps_its_reasons() -> None:
    decision = decide(DENY)
    assert decision.reasons == (Reason("read_only.path_denied", "/path", Source(7, "denied_paths: **/.env")),)
    assert (bool(decision), decision.cause) == (False, Cause.POLICY)


def test_a_monitored_call_is_allowed_and_says_what_would_have_been() -> None:
    decision = decide(MONITORED)
    assert (bool(decision), decision.effect) == (True, Effect.LOG_AND_ALLOW)
    assert decision.would_deny == (Reason("deny_by_default.no_grant"),)


def test_reasons_come_in_one_order_whatever_the_engine_s() -> None:
    """By code, argument, line and text; what is missing comes first."""
    source = {"line": 2, "text": "b"}
    ordered: list[dict[str, Any]] = [
        {"code": "a.a"},
        {"code": "a.a", "source": {"line": 1, "text": ""}},
        {"code": "a.a", "source": {"line": 2, "text": "a"}},
        {"code": "a.a", "source": source},
        {"code": "a.a", "source": {"line": 10, "text": ""}},
        {"code": "a.a", "argument": "/a"},
        {"code": "a.a", "argument": "/b", "source": source},
        {"code": "a.b"},
    ]
    for first, second in itertools.combinations(ordered, 2):
        decision = decide({**DENY, "rule": second["code"], "reasons": [second, first, second]})
        assert decision.reasons == (_reason(**first), _reason(**second))
    whole = decide({**DENY, "rule": "a.b", "reasons": ordered[::-1]})
    assert whole.reasons == tuple(_reason(**reason) for reason in ordered)
    empty = {"line": 1, "text": ""}
    pairs: list[dict[str, Any]] = [{"code": f"a.{n:02}", **more} for n in range(20) for more in ({}, {"source": empty})]
    whole = decide({**DENY, "rule": "a.00", "reasons": pairs[::-1]})
    assert whole.reasons == tuple(_reason(**reason) for reason in pairs)


def _reason(code: str, argument: str | None = None, source: dict[str, Any] | None = None) -> Reason:
    return Reason(code, argument, Source(**source) if source else None)


def test_a_reason_may_speak_of_all_arguments_and_of_an_empty_line() -> None:
    reason = {"code": "a.a", "argument": "", "source": {"line": 1, "text": ""}}
    assert decide({**DENY, "rule": "a.a", "reasons": [reason]}).reasons == (Reason("a.a", "", Source(1, "")),)


def test_an_allow_without_a_permit_says_what_is_wrong() -> None:
    decision = decide({**ALLOW, "permits": []})
    assert (decision.cause, decision.detail) == (
        Cause.MALFORMED,
        "an allow needs a permit and no reason, a refusal needs a reason",
    )


def test_a_fault_says_what_an_operator_can_do() -> None:
    fault = Fault(Cause.TIMEOUT, "see whether OPA is busy")
    assert (str(fault), fault.cause, fault.detail) == ("see whether OPA is busy", Cause.TIMEOUT, str(fault))


ODD_REASONS: list[Any] = [
    "read_only.path_denied",
    {},
    {"code": ""},
    {"code": 1},
    {"code": "a", "argument": 1},
    {"code": "a", "extra": 1},
    {"code": "a", "source": "line 7"},
    {"code": "a", "source": {"line": "7", "text": ""}},
    {"code": "a", "source": {"line": True, "text": ""}},
    {"code": "a", "source": {"line": 7}},
    None,
]


def _with(field: str, values: list[object]) -> list[dict[str, Any]]:
    return [{**ALLOW, field: value} for value in values]


ODD: list[Any] = [
    None,
    True,
    "allow",
    1,
    [],
    {},
    {"allow": True},
    [ALLOW],
    *({key: value for key, value in ALLOW.items() if key != missing} for missing in ALLOW),
    {**ALLOW, "obligation": {}},
    *({**ALLOW, "version": version} for version in (2, 0, "1", 1.0, True, None)),
    *({**ALLOW, "id": other} for other in ("id-2", "", None, 1)),
    *_with("allow", ["true", 1, None, False, []]),
    *_with("effect", ["allow", "DENY", "LOG_AND_ALLOW", "", None, 1, [], {}]),
    *({**ALLOW, "rule": rule} for rule in ("", None, "read_only.other", 1)),
    *_with("permits", [[], None, "read_only.permitted", [1], [""], {}]),
    {**ALLOW, "reasons": [REASON]},
    *_with("reasons", [None, {}, "", False]),
    {**ALLOW, "would_deny": [REASON]},
    {**MONITORED, "would_deny": []},
    {**MONITORED, "permits": []},
    *({**ALLOW, "revision": revision} for revision in ("", None, 1)),
    {**ALLOW, "obligations": {}},
    {**ALLOW, "obligations": None},
    {**ALLOW, "obligations": {**OBLIGATIONS, "approval": "alice"}},
    *({**ALLOW, "obligations": {**OBLIGATIONS, "log": log}} for log in (False, None, 1)),
    *({**ALLOW, "obligations": {**OBLIGATIONS, "alert": alert}} for alert in (None, 0, "no")),
    *({**ALLOW, "obligations": {**OBLIGATIONS, "rate_limit": limit}} for limit in (0, -1, 1.5, "10", True)),
    *({**ALLOW, "obligations": {**OBLIGATIONS, "timeout_seconds": limit}} for limit in (0, -1, 1.5, "10", True)),
    {**DENY, "reasons": []},
    *({**DENY, "rule": "a", "reasons": [reason]} for reason in ODD_REASONS),
]


@pytest.mark.parametrize("value", ODD)
def test_an_odd_answer_is_a_refusal_called_malformed(value: object) -> None:
    decision = decide(value)
    assert (bool(decision), decision.effect, decision.cause, decision.id) == (
        False,
        Effect.DENY,
        Cause.MALFORMED,
        "id-1",
    )
    assert decision.detail


@pytest.mark.parametrize("cause", [cause for cause in Cause if cause is not Cause.POLICY])
def test_an_engine_s_failure_is_a_refusal_with_its_cause(cause: Cause) -> None:
    decision = to_decision(Answer(ALLOW, cause, "why"), "id-1")
    assert decision == Decision(id="id-1", effect=Effect.DENY, cause=cause, detail="why")
    assert not decision


def test_no_cause_but_policy_can_allow() -> None:
    for cause in Cause:
        decision = Decision("i", Effect.ALLOW, cause, permits=("read_only.permitted",))
        assert bool(decision) is (cause is Cause.POLICY)


NEEDS: dict[str, Any] = {
    "version": 1,
    "id": "id-1",
    "revision": "r1",
    "contact": "",
    "schemas": ["{}"],
    "sql": [
        {"dialect": "any", "arguments": [["sql"], ["query"]]},
        {"dialect": "any", "arguments": [["query"], ["sql"]]},
    ],
    "url": [["url"]],
    "content": [["edits", "*", "newText"], ["content"]],
}


def test_needs_are_read_without_repeats_and_in_one_order() -> None:
    assert to_needs(Answer(NEEDS), "id-1") == Needs(
        revision="r1",
        schemas=("{}",),
        sql=(("any", (("query",), ("sql",))),),
        url=(("url",),),
        content=(("content",), ("edits", "*", "newText")),
    )


@pytest.mark.parametrize(
    "value",
    [
        {},
        *({key: value for key, value in NEEDS.items() if key != missing} for missing in NEEDS),
        {**NEEDS, "more": 1},
        {**NEEDS, "schemas": [{}]},
        {**NEEDS, "schemas": None},
        {**NEEDS, "contact": None},
        {**NEEDS, "sql": [{"dialect": "any"}]},
        {**NEEDS, "sql": [{"dialect": "", "arguments": []}]},
        {**NEEDS, "sql": ["query"]},
        {**NEEDS, "url": ["url"]},
        {**NEEDS, "content": [[1]]},
    ],
)
def test_odd_needs_are_a_fault(value: object) -> None:
    with pytest.raises(Fault) as caught:
        to_needs(Answer(value), "id-1")
    assert caught.value.cause is Cause.MALFORMED


def test_a_segment_of_a_pointer_may_be_empty() -> None:
    assert to_needs(Answer({**NEEDS, "url": [["", "*"]]}), "id-1").url == (("", "*"),)


def test_visible_is_one_boolean_for_each_entry_asked() -> None:
    answer = {"version": 1, "id": "id-1", "revision": "r1", "visible": [True, False]}
    assert to_visible(Answer(answer), "id-1", 2) == [True, False]


@pytest.mark.parametrize("visible", [[True], [True, False, True], [True, 1], [True, None], None, {}, "ab"])
def test_a_list_of_another_length_or_type_is_a_fault(visible: object) -> None:
    answer = {"version": 1, "id": "id-1", "revision": "r1", "visible": visible}
    with pytest.raises(Fault):
        to_visible(Answer(answer), "id-1", 2)


def test_a_good_answer_survives_the_wire() -> None:
    assert decide(parse(canonical(DENY))) == decide(DENY)
