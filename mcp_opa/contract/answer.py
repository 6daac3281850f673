"""From any answer of an engine to a decision, the needs or a list of visible entries.

Guarantees: `to_decision` is total, and allows only if the answer is exactly what `docs/contracts.md` says: the
request's own id, strict types, no field missing or unknown (one might be an obligation), at least one permit, no
reason. Lists come out in one order, whatever the engine's. It reads no policy: what the codes mean is said elsewhere.
"""

from __future__ import annotations

from typing import NoReturn

from mcp_opa.model import (
    Answer,
    Cause,
    Decision,
    Effect,
    Json,
    Needs,
    Obligations,
    Reason,
    Source,
)

VERSION = 1
_DECISION = frozenset(
    (
        "version",
        "id",
        "revision",
        "effect",
        "allow",
        "rule",
        "permits",
        "reasons",
        "would_deny",
        "obligations",
    )
)
_OBLIGATIONS = frozenset(("timeout_seconds", "rate_limit", "log", "alert"))
_NEEDS = frozenset(("version", "id", "revision", "contact", "schemas", "sql", "url", "content"))
_VISIBLE = frozenset(("version", "id", "revision", "visible"))
_EFFECTS = {effect.value: effect for effect in Effect}
_NOT_READY = "the engine has no usable answer: is the policy bundle active, and is it one that mcp-opa built?"


class Fault(Exception):
    """There is no answer to use. `cause` says whose fault, `detail` what an operator can do."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


def refusal(request_id: str, cause: Cause, detail: str) -> Decision:
    """The decision for a call that could not be decided."""
    return Decision(id=request_id, effect=Effect.DENY, cause=cause, detail=detail)


def to_decision(answer: Answer, request_id: str) -> Decision:
    """The decision that an answer gives: a refusal with its own cause unless it is whole and well-formed."""
    try:
        return _decision(_value(answer, request_id, _DECISION), request_id)
    except Fault as fault:
        return refusal(request_id, fault.cause, fault.detail)


def to_needs(answer: Answer, request_id: str) -> Needs:
    """The facts that an answer to `needs` asks for. Raises `Fault`."""
    value = _value(answer, request_id, _NEEDS)
    return Needs(
        revision=_text(value["revision"], "revision"),
        contact=_text(value["contact"], "contact", empty=True),
        schemas=tuple(sorted({_text(schema, "schemas") for schema in _list(value["schemas"], "schemas")})),
        sql=tuple(sorted({_sql(entry) for entry in _list(value["sql"], "sql")})),
        url=_pointers(value["url"], "url"),
        content=_pointers(value["content"], "content"),
    )


def to_visible(answer: Answer, request_id: str, count: int) -> list[bool]:
    """Which of `count` entries the subject may see. Raises `Fault`."""
    value = _value(answer, request_id, _VISIBLE)
    visible = _list(value["visible"], "visible")
    if len(visible) != count or any(type(entry) is not bool for entry in visible):
        _malformed(f"visible must be {count} booleans")
    return visible


def _value(answer: Answer, request_id: str, keys: frozenset[str]) -> dict[str, Json]:
    """The answer's value, if it is an object with exactly these keys, of our version, for this request."""
    if answer.cause is not None:
        raise Fault(answer.cause, answer.detail)
    value = answer.value
    if type(value) is not dict:
        _malformed(f"the result is no object; {_NOT_READY}")
    if value.keys() != keys:
        _malformed(f"the result lacks or adds fields: {', '.join(sorted(value.keys() ^ keys))[:200]}")
    if type(value["version"]) is not int or value["version"] != VERSION:
        _malformed(f"the result has version {str(value['version'])[:20]}, this gate reads {VERSION}")
    if value["id"] != request_id:
        _malformed("the result answers another request")
    return value


def _decision(value: dict[str, Json], request_id: str) -> Decision:
    decision = Decision(
        id=request_id,
        effect=_effect(value["effect"]),
        cause=Cause.POLICY,
        rule=_text(value["rule"], "rule"),
        permits=tuple(sorted({_text(code, "permits") for code in _list(value["permits"], "permits")})),
        reasons=_reasons(value["reasons"], "reasons"),
        would_deny=_reasons(value["would_deny"], "would_deny"),
        obligations=_obligations(value["obligations"]),
        revision=_text(value["revision"], "revision"),
    )
    _agree(decision, value["allow"])
    return decision


def _agree(decision: Decision, allow: Json) -> None:
    """The parts of a verdict must say the same thing; which of them lies can't be told, so none is believed."""
    if allow is not decision.allow:
        _malformed("allow and effect disagree")
    if allow is bool(decision.reasons) or (allow and not decision.permits):
        _malformed("an allow needs a permit and no reason, a refusal needs a reason")
    if (decision.effect is Effect.LOG_AND_ALLOW) is not bool(decision.would_deny):
        _malformed("LOG_AND_ALLOW and would_deny disagree")
    named = decision.permits if allow else [reason.code for reason in decision.reasons]
    if decision.rule not in named:
        _malformed("rule names no permit and no reason of this decision")


def _effect(value: Json) -> Effect:
    if type(value) is not str or value not in _EFFECTS:
        _malformed(f"effect {str(value)[:40]!r} is unknown")
    return _EFFECTS[value]


def _reasons(value: Json, field: str) -> tuple[Reason, ...]:
    reasons = {_reason(entry, field) for entry in _list(value, field)}
    return tuple(sorted(reasons, key=_reason_order))


def _reason(value: Json, field: str) -> Reason:
    if type(value) is not dict or "code" not in value or not value.keys() <= {"code", "argument", "source"}:
        _malformed(f"{field}: an entry has a code, and may have an argument and a source")
    argument = _text(value["argument"], "argument", empty=True) if "argument" in value else None
    return Reason(_text(value["code"], "code"), argument, _source(value["source"]) if "source" in value else None)


def _source(value: Json) -> Source:
    if type(value) is not dict or value.keys() != {"line", "text"} or type(value["line"]) is not int:
        _malformed("a source has a line and a text")
    return Source(value["line"], _text(value["text"], "source", empty=True))


def _reason_order(reason: Reason) -> tuple[str, str, int, str]:
    source = reason.source or Source(0, "")
    return (reason.code, reason.argument or "", source.line, source.text)


def _obligations(value: Json) -> Obligations:
    if type(value) is not dict or value.keys() != _OBLIGATIONS:
        _malformed("obligations are timeout_seconds, rate_limit, log and alert")
    if value["log"] is not True or type(value["alert"]) is not bool:
        _malformed("obligations: log must be true, alert a boolean")
    return Obligations(
        _positive(value["timeout_seconds"], "timeout_seconds"),
        _positive(value["rate_limit"], "rate_limit"),
        alert=value["alert"],
    )


def _positive(value: Json, field: str) -> int | None:
    if value is not None and (type(value) is not int or value <= 0):
        _malformed(f"{field} must be a positive integer or null")
    return value


def _sql(value: Json) -> tuple[str, tuple[tuple[str, ...], ...]]:
    if type(value) is not dict or value.keys() != {"dialect", "arguments"}:
        _malformed("sql: an entry has a dialect and arguments")
    return _text(value["dialect"], "dialect"), _pointers(value["arguments"], "sql")


def _pointers(value: Json, field: str) -> tuple[tuple[str, ...], ...]:
    found = {tuple(_text(segment, field, empty=True) for segment in _list(p, field)) for p in _list(value, field)}
    return tuple(sorted(found))


def _list(value: Json, field: str) -> list[Json]:
    if type(value) is not list:
        _malformed(f"{field} must be an array")
    return value


def _text(value: Json, field: str, *, empty: bool = False) -> str:
    if type(value) is not str or not (value or empty):
        _malformed(f"{field} must be a string")
    return value


def _malformed(detail: str) -> NoReturn:
    raise Fault(Cause.MALFORMED, detail)
