"""From OPA's reply to an answer: what is taken for one, and of which policy.

Guarantees: only a reply of status 200 that is JSON, in one reading, with a result and nothing unknown beside it, is an
answer; under a pin only one of the pinned policy. No detail quotes the reply. What the result means is for
`mcp_opa.contract`; it does no IO.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from mcp_opa import contract
from mcp_opa.model import Answer, Cause, Json

_KEYS = {"result", "provenance", "decision_id"}
_JSON = re.compile(r'application/json(?:[ \t]*;[ \t]*charset="?utf-8"?)?[ \t]*', re.IGNORECASE)
_MOST_PARTS = 50_000
"""Objects and arrays in an answer: to read more of them takes longer than a deadline."""
_STATUSES = {
    400: "it takes no such question: does it want https, and is it an OPA of 1.19.1 or later?",
    401: "it wants a token that its policy `system.authz` knows: see the token file, and that OPA has the same token",
    403: "whoever answers forbids the question: is it OPA, and may this caller ask it?",
    404: "it knows no such path: is it OPA, and its Data API?",
    405: "it takes no such question: is it OPA, and its Data API?",
    429: "it is asked too much: see who asks it, or give it more room",
    500: "OPA failed to evaluate the policy: its log says why; was the bundle built by this mcp-opa?",
}
_REDIRECT = "it says to ask elsewhere, which is not done: write the address where OPA itself answers"
_OTHER = "is it OPA that answers there, or something before it?"


@dataclass(frozen=True, slots=True)
class Pin:
    """The policy that answers must come from; without either, any."""

    revision: str | None = None
    bundle: str | None = None
    """Its name in OPA's configuration; for `opa run --bundle FILE` the FILE as written there."""

    def __bool__(self) -> bool:
        return self.revision is not None or self.bundle is not None

    def broken_by(self, revision: str, provenance: Json) -> str:
        """Why a result of this revision is none of the pinned policy; empty if it is."""
        active = _active(provenance)
        if self.bundle is not None and self.bundle not in active:
            return f"no bundle {self.bundle!r} is active in OPA: see its configuration and /v1/status"
        if self.revision not in {None, revision}:
            return f"OPA answers by another revision than {self.revision}: see what bundle it has loaded"
        among = active.values() if self.bundle is None else [active[self.bundle]]
        return "" if revision in among else "the policy that answers is not the bundle's: see what OPA has loaded"


def answer(status: int, headers: Mapping[str, str], body: bytes, pin: Pin) -> Answer:
    """What a reply says. `headers` knows names in any case."""
    if status != HTTPStatus.OK:
        hint = _REDIRECT if 300 <= status < 400 else _STATUSES.get(status, _OTHER)  # noqa: PLR2004 (HTTP's)
        return Answer(cause=Cause.UNAVAILABLE, detail=f"OPA answered with status {status}: {hint}")
    if "content-encoding" in headers or not _JSON.fullmatch(headers.get("content-type", "")):
        return _malformed("is not plain application/json in UTF-8: is it OPA that answers there, or a login page?")
    if body.count(b"{") + body.count(b"[") > _MOST_PARTS:
        return _malformed(f"has more than {_MOST_PARTS} objects and arrays")
    try:
        reply = contract.parse(body, max_bytes=len(body))
    except contract.Malformed:
        return _malformed("is not JSON as we accept it")
    return _value(reply, pin)


def _value(reply: Json, pin: Pin) -> Answer:
    if type(reply) is not dict:
        return _malformed("is no JSON object")
    if "warning" in reply:
        return _malformed("has a warning: OPA didn't read the question as it was meant")
    if not reply.keys() <= _KEYS:
        return _malformed("has more in it than a result")
    if "result" not in reply:
        hint = "the bundle is not active or the path is wrong; see /v1/status there"
        return Answer(cause=Cause.UNDEFINED, detail=f"OPA answered 200 without a result: {hint}")
    return _pinned(reply["result"], reply.get("provenance"), pin) if pin else Answer(reply["result"])


def _pinned(value: Json, provenance: Json, pin: Pin) -> Answer:
    revision = value.get("revision") if type(value) is dict else None
    if type(revision) is not str or not revision:
        return _malformed("names no revision, so that it can't be told from which policy it is")
    problem = pin.broken_by(revision, provenance)
    return Answer(cause=Cause.UNAVAILABLE, detail=problem) if problem else Answer(value)


def _active(provenance: Json) -> dict[str, Json]:
    """The revision of each bundle that OPA says is active."""
    bundles = provenance.get("bundles") if type(provenance) is dict else None
    found = bundles.items() if type(bundles) is dict else ()
    return {name: bundle.get("revision") for name, bundle in found if type(bundle) is dict}


def _malformed(what: str) -> Answer:
    return Answer(cause=Cause.MALFORMED, detail=f"OPA's answer {what}")
