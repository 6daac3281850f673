"""A decision as people and programs read it: one object, printed as text or as JSON.

Guarantees: the verdict is the first word; every reason has its code, a sentence and the policy's line where it comes
from one; what stands in the text stands in the JSON. No part of the text can pass for another.
"""

from __future__ import annotations

import click

from mcp_opa import shipped
from mcp_opa.model import Cause, Decision, Json, Reason

ALLOWED, UNDECIDED, DENIED = 0, 1, 3
"""Statuses; 2 is click's, for usage."""
_COLOURS = {"ALLOW": "green", "LOG_AND_ALLOW": "yellow", "DENY": "red"}
_HINTS = {
    Cause.UNDEFINED: "the policy isn't there: see that the bundle which `mcp-opa build` makes is active",
    Cause.MALFORMED: "the question or the answer is not as docs/contracts.md has it",
    Cause.UNAVAILABLE: "the engine did not answer: mend what the detail names; until then every call is refused",
    Cause.TIMEOUT: "the engine took longer than its deadline: give it less to do, or more time",
    Cause.UNSENDABLE: "the call can't be put to the engine: send plain JSON, and less of it",
    Cause.RATE_LIMIT: "wait a minute, or raise max_calls_per_minute under rate_limits in the policy",
    Cause.AUDIT: "see that the record can be written: nothing runs unrecorded",
    Cause.AUTHENTICATION: "nobody proved who calls: see the caller's credentials",
}


def status(decision: Decision) -> int:
    """The status that a verdict ends with."""
    if decision:
        return ALLOWED
    return DENIED if decision.cause is Cause.POLICY else UNDECIDED


def as_json(decision: Decision, *, given_id: Json = None) -> dict[str, Json]:
    """The decision as one JSON object; `given_id` stands for its own id where the caller gave one."""
    obligations = decision.obligations
    return {
        "id": decision.id if given_id is None else given_id,
        "effect": decision.effect.value,
        "allow": decision.allow,
        "cause": decision.cause.value,
        "rule": decision.rule,
        "permits": list(decision.permits),
        "reasons": [_reason(reason) for reason in decision.reasons],
        "would_deny": [_reason(reason) for reason in decision.would_deny],
        "obligations": {
            "timeout_seconds": obligations.timeout_seconds,
            "rate_limit": obligations.rate_limit,
            "log": obligations.log,
            "alert": obligations.alert,
        },
        "revision": decision.revision,
        "detail": decision.detail,
    }


def as_text(shown: dict[str, Json]) -> str:
    """The object of `as_json` for a person."""
    lines = [click.style(shown["effect"], fg=_COLOURS[shown["effect"]], bold=True), _line("cause", shown["cause"])]
    if shown["rule"]:
        lines.append(_line("rule", shown["rule"]))
    if shown["detail"]:
        lines.append(_line("detail", shown["detail"]))
        lines.append(_line("hint", _HINTS.get(Cause(shown["cause"]), "")))
    for label, reasons in (("reason", shown["reasons"]), ("would deny", shown["would_deny"])):
        lines += [text for reason in reasons for text in _spelled(label, reason)]
    kept = {name: value for name, value in shown["obligations"].items() if value and name not in ("log", "alert")}
    lines += [_line(name, str(value)) for name, value in kept.items()]
    return "\n".join([*lines, _line("id", shown["id"]), _line("revision", shown["revision"] or "none")])


def message(code: str) -> str:
    """What a rule says to people, in a sentence."""
    rule = shipped.rules().get(code)
    return " ".join((rule.description or rule.title).split()) if rule else code


def _reason(reason: Reason) -> dict[str, Json]:
    rule = shipped.rules().get(reason.code)
    shown: dict[str, Json] = {"code": reason.code, "message": message(reason.code), "fix": rule.fix if rule else ""}
    if reason.argument is not None:
        shown["argument"] = reason.argument
    if reason.source is not None:
        shown["source"] = {"line": reason.source.line, "text": reason.source.text}
    return shown


def _spelled(label: str, reason: dict[str, Json]) -> list[str]:
    about = f" ({reason['argument']})" if reason.get("argument") else ""
    code = click.style(_printable(reason["code"]), bold=True)
    lines = [f"{label:<16}{code}{_printable(about)}  {_printable(reason['message'])}"]
    if "source" in reason:
        lines.append(_line("", f"line {reason['source']['line']}: {reason['source']['text']}"))
    if reason["fix"]:
        lines.append(_line("fix", reason["fix"]))
    return lines


def _line(label: str, text: str) -> str:
    return f"{label:<16}{_printable(text)}"


def _printable(text: str) -> str:
    """A text that stays on its line: callers name arguments, and whoever answers in OPA's place says what it likes."""
    return "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
