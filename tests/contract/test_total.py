"""Any answer becomes a decision, and an allowing one only if nothing about it is odd.

What is a whole allow is said here a second time, in JSON Schema, for the reader in Python to be judged by.
"""

import copy
import json
from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_opa.contract import Fault, Malformed, canonical, parse, to_decision, to_needs
from mcp_opa.model import Answer, Cause, Decision, Effect, Question
from tests.faults import answers
from tests.faults.bodies import LABORIOUS, NO_FACTS, NO_JSON, NO_RESULT, NO_VERDICT, NOT_WHOLE, REASON, Body

ID = "id-1"
ALLOW = answers.value(Question.DECISION, ID)
MONITORED = {**ALLOW, "effect": "LOG_AND_ALLOW", "would_deny": [REASON]}
DENY = {**ALLOW, "effect": "DENY", "allow": False, "rule": REASON["code"], "permits": [], "reasons": [REASON, REASON]}
NEEDS = {
    **answers.value(Question.NEEDS, ID),
    "sql": [{"dialect": "any", "arguments": [["sql"], ["edits", "*", "sql"]]}],
    "schemas": ["{}"],
}

TEXT = {"type": "string", "minLength": 1}
SOURCE = {
    "type": "object",
    "required": ["line", "text"],
    "properties": {"line": {"type": "integer"}, "text": {"type": "string"}},
    "additionalProperties": False,
}
REASONS = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["code"],
        "properties": {"code": TEXT, "argument": {"type": "string"}, "source": SOURCE},
        "additionalProperties": False,
    },
}
MOST = {"oneOf": [{"type": "null"}, {"type": "integer", "minimum": 1}]}
OBLIGATIONS = {"timeout_seconds": MOST, "rate_limit": MOST, "log": {"const": True}, "alert": {"type": "boolean"}}
FIELDS = {
    "version": {"const": 1},
    "id": {"const": ID},
    "revision": TEXT,
    "effect": {"enum": ["ALLOW", "LOG_AND_ALLOW"]},
    "allow": {"const": True},
    "rule": TEXT,
    "permits": {"type": "array", "items": TEXT, "minItems": 1},
    "reasons": {"type": "array", "maxItems": 0},
    "would_deny": REASONS,
    "obligations": {
        "type": "object",
        "required": list(OBLIGATIONS),
        "properties": OBLIGATIONS,
        "additionalProperties": False,
    },
}
MONITORS = {"properties": {"effect": {"const": "LOG_AND_ALLOW"}}}
WHOLE_ALLOW = jsonschema_rs.Draft202012Validator(
    {
        "type": "object",
        "required": list(FIELDS),
        "properties": FIELDS,
        "additionalProperties": False,
        "if": MONITORS,
        "then": {"properties": {"would_deny": {"minItems": 1}}},
        "else": {"properties": {"would_deny": {"maxItems": 0}}},
    }
)


def answer(raw: bytes) -> Answer:
    """What an engine hands on, once it has read an answer of these bytes."""
    try:
        return Answer(parse(raw))
    except Malformed as error:
        return Answer(cause=Cause.MALFORMED, detail=str(error))


def judged(raw: bytes) -> Decision:
    """The decision on these bytes, if it keeps what is promised."""
    decision = to_decision(answer(raw), ID)
    assert (decision.id, bool(decision)) == (ID, decision.effect is not Effect.DENY)
    if decision:
        value = parse(raw)
        assert WHOLE_ALLOW.is_valid(value)
        assert value["rule"] in value["permits"]
    elif decision.cause is not Cause.POLICY:
        assert decision == Decision(ID, Effect.DENY, Cause.MALFORMED, detail=decision.detail)
        assert decision.detail
    return decision


@pytest.mark.parametrize(("value", "allowed"), [(ALLOW, True), (MONITORED, True), (DENY, False)])
def test_a_whole_answer_is_obeyed(value: object, allowed: bool) -> None:  # noqa: FBT001
    decision = judged(canonical(value))
    assert (bool(decision), decision.cause) == (allowed, Cause.POLICY)


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_a_refusal(raw: bytes) -> None:
    assert judged(raw).cause is Cause.MALFORMED


@pytest.mark.parametrize("value", [ALLOW, MONITORED, DENY])
def test_a_text_that_is_cut_anywhere_is_a_refusal(value: object) -> None:
    whole = canonical(value)
    decisions = {judged(whole[:end]).cause for end in range(len(whole))}
    decisions |= {judged(whole[begin:]).cause for begin in range(1, len(whole))}
    assert decisions == {Cause.MALFORMED}


@given(st.sampled_from([ALLOW, MONITORED, DENY]), st.data())
def test_a_text_with_bytes_replaced_allows_only_what_is_whole(value: object, data: st.DataObject) -> None:
    raw = bytearray(canonical(value))
    for _ in range(data.draw(st.integers(1, 3))):
        begin = data.draw(st.integers(0, len(raw)))
        end = data.draw(st.integers(begin, min(begin + 8, len(raw))))
        raw[begin:end] = data.draw(st.binary(max_size=4) | st.sampled_from([b'"', b"1", b"true", b",", b"[]", b"{}"]))
    judged(bytes(raw))


def test_every_byte_replaced_by_any_other_allows_only_what_is_whole() -> None:
    whole = canonical(ALLOW)
    for place in range(len(whole)):
        for byte in b'\0\t "01:[]{},\\tfe\x7f\x80\xff':
            judged(whole[:place] + bytes([byte]) + whole[place + 1 :])


Path = tuple[str | int, ...]


def places(value: object, path: Path = ()) -> Iterator[Path]:
    """Where the values inside a value are."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in inside:
        yield (*path, key)
        yield from places(child, (*path, key))


def parent(value: Any, path: Path) -> Any:  # noqa: ANN401 (any JSON)
    for key in path[:-1]:
        value = value[key]
    return value


scalars = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(0, 2) | st.sampled_from(["", "a", ID, "ALLOW"])
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from([*FIELDS, "x"]), inner)
)


@st.composite
def mutated(draw: st.DrawFn) -> object:
    """A good answer that up to three times had something dropped, replaced, added, repeated, or put elsewhere."""
    value: Any = copy.deepcopy(draw(st.sampled_from([ALLOW, MONITORED, DENY])))
    for _ in range(draw(st.integers(1, 3))):
        found = [*places(value)]
        if not found:
            break
        path = draw(st.sampled_from(found))
        holder: Any = parent(value, path)
        key: Any = path[-1]
        match draw(st.sampled_from(["drop", "replace", "add", "repeat", "move"])):
            case "drop":
                del holder[key]
            case "replace":
                holder[key] = draw(anything)
            case "add" if isinstance(holder, dict):
                holder[draw(st.sampled_from([*FIELDS, "x", "approval"]))] = draw(anything)
            case "add":
                holder.append(draw(anything))
            case "repeat" if isinstance(holder, list):
                holder.append(copy.deepcopy(holder[key]))
            case _:
                holder[key] = copy.deepcopy(parent(value, other := draw(st.sampled_from(found)))[other[-1]])
    return value


@given(mutated())
def test_a_mutated_answer_allows_only_if_it_is_still_whole(value: object) -> None:
    judged(json.dumps(value).encode())


@pytest.mark.parametrize("value", [ALLOW, MONITORED, DENY])
def test_a_field_that_is_missing_anywhere_is_a_refusal(value: dict[str, Any]) -> None:
    softer = {("would_deny", 0, "argument"), ("would_deny", 0, "source")}
    for path in places(value):
        if path in softer or path[0] == "reasons":
            continue
        spoilt = copy.deepcopy(value)
        del parent(spoilt, path)[path[-1]]
        assert not judged(canonical(spoilt)), path


@pytest.mark.parametrize("extra", [None, True, "x", {}, []])
@pytest.mark.parametrize("value", [ALLOW, MONITORED])
def test_a_field_that_is_added_anywhere_is_a_refusal(value: dict[str, Any], extra: object) -> None:
    for path in [("version",), *(path for path in places(value) if isinstance(path[-1], str))]:
        spoilt = copy.deepcopy(value)
        parent(spoilt, path)["approval"] = extra
        assert judged(canonical(spoilt)).cause is Cause.MALFORMED, path


def doubled(value: Any, place: Path, again: str) -> str:  # noqa: ANN401 (any JSON)
    """The JSON text in which the key at `place` stands twice, the second time with `again` for its value."""
    if not place:
        return json.dumps(value)
    if isinstance(value, list):
        items = [doubled(child, place[1:] if at == place[0] else (), again) for at, child in enumerate(value)]
        return f"[{','.join(items)}]"
    inside = {key: doubled(child, place[1:] if key == place[0] else (), again) for key, child in value.items()}
    parts = [f"{json.dumps(key)}:{text}" for key, text in inside.items()]
    if len(place) == 1:
        parts.append(f"{json.dumps(place[0])}:{again}")
    return f"{{{','.join(parts)}}}"


@pytest.mark.parametrize("value", [ALLOW, MONITORED])
def test_a_key_that_stands_twice_anywhere_is_a_refusal(value: dict[str, Any]) -> None:
    for path in [path for path in places(value) if isinstance(path[-1], str)]:
        for again in ("null", "true", '"a"', json.dumps(parent(value, path)[path[-1]])):
            assert judged(doubled(value, path, again).encode()).cause is Cause.MALFORMED, path


@given(st.sampled_from([cause for cause in Cause if cause is not Cause.POLICY]), mutated(), st.text(max_size=9))
def test_an_engine_that_gives_a_cause_is_never_believed(cause: Cause, value: object, detail: str) -> None:
    assert to_decision(Answer(value, cause, detail), ID) == Decision(ID, Effect.DENY, cause, detail=detail)


def test_an_engine_that_says_policy_allowed_without_a_value_is_refused() -> None:
    assert not to_decision(Answer(None, Cause.POLICY), ID)
    assert not to_decision(Answer(ALLOW, Cause.POLICY), ID)


@given(mutated() | anything)
def test_needs_are_read_whole_or_not_at_all(value: object) -> None:
    with pytest.raises(Fault):
        to_needs(Answer(value), ID)


def result(raw: bytes) -> Answer:
    """What an engine hands on of a body that OPA wrote, if it trusted all that stands around the result."""
    whole = answer(raw)
    if whole.cause or not isinstance(whole.value, dict):
        return Answer(cause=Cause.MALFORMED, detail="no object")
    if "result" not in whole.value:
        return Answer(cause=Cause.UNDEFINED, detail="no result")
    return Answer(whole.value["result"])


TABLE = [
    pytest.param(body, at, id=f"{body.name}, at {at}")
    for body in [*NO_JSON, *LABORIOUS, *NO_RESULT, *NOT_WHOLE, *NO_FACTS, *NO_VERDICT]
    for at in body.at
]


@pytest.mark.parametrize(("body", "at"), TABLE)
def test_the_bodies_of_the_fault_matrix_are_refused_without_a_socket_too(body: Body, at: Question) -> None:
    found = result(body.make(answers.value(at, ID)))
    if at is Question.DECISION:
        decision = to_decision(found, ID)
        assert decision == Decision(ID, Effect.DENY, decision.cause, detail=decision.detail)
        assert decision.cause in {Cause.MALFORMED, Cause.UNDEFINED}
    else:
        with pytest.raises(Fault):
            to_needs(found, ID)
