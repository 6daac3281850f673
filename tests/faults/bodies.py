"""Answers with status 200 whose body is not the whole and well-formed answer to the question.

Each is made from the value of a good answer, so that one thing alone is wrong with it. The table is used over sockets
and without them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from mcp_opa.model import Cause, Question
from tests.faults import answers
from tests.faults.answers import PERMIT, REVISION, envelope, text
from tests.faults.fault import BOTH, Fault, http

Value = dict[str, Any]
REASON = {"code": "read_only.path_denied", "argument": "/path", "source": {"line": 7, "text": "denied_paths: **/.env"}}


@dataclass(frozen=True)
class Body:
    """One body, and what is made of it."""

    name: str
    make: Callable[[Value], bytes]
    cause: Cause = Cause.MALFORMED
    at: tuple[Question, ...] = BOTH
    pinned: str | None = None

    def fault(self) -> Fault:
        """The same over a socket."""
        return Fault(
            self.name,
            self.cause,
            lambda peer, asked: peer.send(http(self.make(asked.value))),
            at=self.at,
            pinned=self.pinned,
        )


def _is(raw: bytes) -> Callable[[Value], bytes]:
    return lambda value: raw  # noqa: ARG005


def _result(result: object) -> Callable[[Value], bytes]:
    return lambda value: answers.body(result)  # noqa: ARG005


def _with(**fields: object) -> Callable[[Value], bytes]:
    return lambda value: answers.body({**value, **fields})


def _without(field: str) -> Callable[[Value], bytes]:
    return lambda value: answers.body({key: kept for key, kept in value.items() if key != field})


def _spoilt(old: bytes, new: bytes) -> Callable[[Value], bytes]:
    def make(value: Value) -> bytes:
        good = answers.body(value)
        assert old in good, old
        return good.replace(old, new, 1)

    return make


def _around(before: bytes, after: bytes) -> Callable[[Value], bytes]:
    return lambda value: before + answers.body(value) + after


def _obliged(**obligations: object) -> Callable[[Value], bytes]:
    return lambda value: answers.body({**value, "obligations": {**value["obligations"], **obligations}})


def _enveloped(**more: object) -> Callable[[Value], bytes]:
    return lambda value: text(envelope(value, **more))


def _deep(value: Value) -> bytes:
    return answers.body(value).replace(b'"version": 1,', b'"version": ' + b"[" * 100_000 + b"]" * 100_000 + b",", 1)


def _keys(count: int) -> bytes:
    return b",".join(b'"%x":1' % number for number in range(count))


NO_JSON = [
    Body("empty body", _is(b"")),
    Body("white space", _is(b" \r\n")),
    Body("NUL", _is(b"\0")),
    Body("login page", _is(b"<!doctype html><title>Log in</title><form action=/login></form>")),
    Body("half the JSON", lambda value: answers.body(value)[: len(answers.body(value)) // 2]),
    Body("all but the last brace", lambda value: answers.body(value).rstrip()[:-1]),
    Body("trailing bytes", _around(b"", b"x")),
    Body("a second answer behind the first", _around(b"", b"{}")),
    Body("the answer twice", lambda value: answers.body(value) * 2),
    Body("BOM", _around(b"\xef\xbb\xbf", b"")),
    Body("UTF-16", lambda value: answers.body(value).decode().encode("utf-16")),
    Body("Latin-1", lambda value: answers.body({**value, "revision": "ré"}).decode().encode("latin-1")),
    Body("a lone surrogate", _spoilt(b'"r1"', b'"\\ud800"')),
    Body("single quotes", lambda value: answers.body(value).replace(b'"', b"'")),
    Body("a comment", _around(b"/* OPA */", b"")),
    Body("a JSONP call", _around(b"callback(", b")")),
    Body("a text sequence", _around(b"\x1e", b"")),
    Body("NaN", _spoilt(b'"version": 1', b'"version": NaN')),
    Body("Infinity", _spoilt(b'"version": 1', b'"version": Infinity')),
    Body("a number out of range", _spoilt(b'"version": 1', b'"version": 1e999')),
    Body("deep nesting", _deep),
    Body("deep nesting that never closes", _is(b'{"result":' + b"[" * 1_000_000)),
    Body("result twice", _spoilt(b'{"decision_id"', b'{"result": {}, "decision_id"')),
    Body("result twice, once escaped", _spoilt(b'{"decision_id"', b'{"r\\u0065sult": {}, "decision_id"')),
    Body("id twice", _spoilt(b'"version": 1', b'"id": "x", "version": 1')),
    Body("revision twice, both the same", _spoilt(b'"version": 1', b'"revision": "r1", "version": 1')),
    Body("allow twice", _spoilt(b'"allow": true', b'"allow": false, "allow": true'), at=(Question.DECISION,)),
]

LABORIOUS = [
    Body("a megabyte of empty objects", _is(b'{"result":[' + b"{}," * 349_000 + b"{}]}")),
    Body("a megabyte of empty arrays", _is(b'{"result":[' + b"[]," * 349_000 + b"[]]}")),
    Body("a megabyte of digits", _spoilt(b'"version": 1', b'"version": ' + b"1" * 1_000_000)),
    Body("an object of 80 000 keys", _is(b'{"result":{' + _keys(80_000) + b"}}")),
    Body("a key twice among 80 000", _is(b'{"result":{' + _keys(80_000) + b',"x":1,"x":2}}')),
]

NO_RESULT = [
    Body("{}", _is(b"{}"), Cause.UNDEFINED),
    Body("only a decision id", _is(b'{"decision_id":"8a4e"}'), Cause.UNDEFINED),
    Body("Result for result", _spoilt(b'"result"', b'"Result"')),
    Body("result: null", _result(None)),
    Body("result: true", _result(True)),  # noqa: FBT003
    Body('result: "allow"', _result("allow")),
    Body("result: 1", _result(1)),
    Body("result: []", _result([])),
    Body("result: {}", _result({})),
    Body('result: {"allow": true}', _result({"allow": True})),
    Body('result: {"allow": "true"}', _result({"allow": "true"})),
    Body("the value in an array", lambda value: answers.body([value])),
    Body("the value as a string", lambda value: answers.body(json.dumps(value))),
    Body("a result within the result", lambda value: answers.body({"result": value})),
    Body("null", _is(b"null")),
    Body("true", _is(b"true")),
    Body("1", _is(b"1")),
    Body('"allow"', _is(b'"allow"')),
    Body("[]", _is(b"[]")),
    Body("the value without an envelope", text),
    Body("the envelope in an array", lambda value: text([envelope(value)])),
    Body("an error", _is(b'{"code":"internal_error","message":"error(s) occurred"}')),
]

ODD_ENVELOPE = [
    Body("an error beside the result", _enveloped(code="internal_error", message="error(s) occurred")),
    Body("a warning", _enveloped(warning={"code": "api_usage_warning", "message": "'input' key missing"})),
    Body("an unknown key beside the result", _enveloped(obligation={"approval": "alice"})),
]

NOT_WHOLE = [
    *(Body(f"no {field}", _without(field)) for field in ("version", "id", "revision")),
    Body("an unknown key", _with(approval="alice")),
    Body("version 2", _with(version=2)),
    Body("version true", _with(version=True)),
    Body("version 1.0", _with(version=1.0)),
    Body("another request's id", _with(id="another")),
    Body("an empty id", _with(id="")),
    Body("id null", _with(id=None)),
    Body("id in another case", lambda value: answers.body({**value, "id": value["id"].upper() + "X"})),
    Body("revision null", _with(revision=None)),
    Body("an empty revision", _with(revision="")),
    Body("the answer to needs", lambda value: answers.body(answers.value(Question.NEEDS, value["id"])), at=BOTH[1:]),
    Body("the decision", lambda value: answers.body(answers.value(Question.DECISION, value["id"])), at=BOTH[:1]),
]

NO_FACTS = [
    *(Body(f"no {field}", _without(field), at=BOTH[:1]) for field in ("contact", "schemas", "sql", "url", "content")),
    *(Body(f"{field} null", _with(**{field: None}), at=BOTH[:1]) for field in ("schemas", "sql", "url", "content")),
    Body("a pointer that is no list", _with(url=["url"]), at=BOTH[:1]),
    Body("SQL without a dialect", _with(sql=[{"arguments": [["sql"]]}]), at=BOTH[:1]),
]

NO_VERDICT = [
    *(Body(f"no {field}", _without(field), at=BOTH[1:]) for field in ("effect", "allow", "rule", "permits")),
    *(Body(f"no {field}", _without(field), at=BOTH[1:]) for field in ("reasons", "would_deny", "obligations")),
    Body('allow "true"', _with(allow="true"), at=BOTH[1:]),
    Body("allow 1", _with(allow=1), at=BOTH[1:]),
    Body("allow null", _with(allow=None), at=BOTH[1:]),
    Body("allow under effect DENY", _with(effect="DENY"), at=BOTH[1:]),
    Body("effect ALLOW without allow", _with(allow=False), at=BOTH[1:]),
    Body("an effect in lower case", _with(effect="allow"), at=BOTH[1:]),
    Body("an unknown effect", _with(effect="MAYBE"), at=BOTH[1:]),
    Body("allow without permit", _with(permits=[]), at=BOTH[1:]),
    Body("allow without permit and rule", _with(permits=[], rule=""), at=BOTH[1:]),
    Body("permits as a string", _with(permits=PERMIT), at=BOTH[1:]),
    Body("a rule that is no permit", _with(rule="read_only.other"), at=BOTH[1:]),
    Body("allow with reasons", _with(reasons=[REASON]), at=BOTH[1:]),
    Body("a reason that is no object", _with(reasons=["no"], allow=False, effect="DENY"), at=BOTH[1:]),
    Body("a refusal without reason", _with(allow=False, effect="DENY", permits=[]), at=BOTH[1:]),
    Body("ALLOW with would_deny", _with(would_deny=[REASON]), at=BOTH[1:]),
    Body("LOG_AND_ALLOW without would_deny", _with(effect="LOG_AND_ALLOW"), at=BOTH[1:]),
    Body("an extra obligation", _obliged(approval="alice"), at=BOTH[1:]),
    Body("obligations null", _with(obligations=None), at=BOTH[1:]),
    Body("obligations {}", _with(obligations={}), at=BOTH[1:]),
    Body("an obligation not to log", _obliged(log=False), at=BOTH[1:]),
    Body("a timeout of zero", _obliged(timeout_seconds=0), at=BOTH[1:]),
    Body("a timeout as a string", _obliged(timeout_seconds="30"), at=BOTH[1:]),
    Body("a rate limit below zero", _obliged(rate_limit=-1), at=BOTH[1:]),
    Body("a rate limit of 1.5", _obliged(rate_limit=1.5), at=BOTH[1:]),
]


def _bundles(bundles: object) -> Callable[[Value], bytes]:
    return _enveloped(provenance={"version": "1.22.2", "bundles": bundles})


OTHER_POLICY = [
    Body("another bundle's revision", _bundles({"mcp": {"revision": "r2"}}), Cause.UNAVAILABLE, pinned=REVISION),
    Body("no bundle active", _bundles({}), Cause.UNAVAILABLE, pinned=REVISION),
    Body("no bundles named", _enveloped(provenance={"version": "1.22.2"}), Cause.UNAVAILABLE, pinned=REVISION),
    Body("no provenance", lambda value: text({"result": value}), Cause.UNAVAILABLE, pinned=REVISION),
    Body("a bundle without revision", _bundles({"mcp": {}}), Cause.UNAVAILABLE, pinned=REVISION),
]

BODIES = {
    "no JSON as we accept it": NO_JSON,
    "laborious": LABORIOUS,
    "no result": NO_RESULT,
    "more than a result": ODD_ENVELOPE,
    "not whole": NOT_WHOLE + NO_FACTS + NO_VERDICT,
    "another policy": OTHER_POLICY,
}
