"""What a caller is told whose call may not run.

Guarantees: a message holds a code, a plain sentence, the decision's id and the policy's contact, and nothing else: no
path, pattern or name of the policy's, and nothing of an engine's troubles. The decision beside it has all of that.
"""

from __future__ import annotations

from mcp_opa import shipped
from mcp_opa.model import Cause, Decision

_SENTENCES = {
    Cause.UNDEFINED: "The policy has no answer to this call.",
    Cause.MALFORMED: "The policy's answer can't be used.",
    Cause.UNAVAILABLE: "The policy can't be asked at the moment.",
    Cause.TIMEOUT: "The policy took too long to answer.",
    Cause.UNSENDABLE: "The call can't be put to the policy: send plain JSON, and less of it.",
    Cause.RATE_LIMIT: "The tool can't be called more often for now; try again later.",
    Cause.AUDIT: "The call can't be recorded at the moment.",
    Cause.AUTHENTICATION: "Who calls is not known.",
}


class Denied(Exception):
    """The call may not run. `message` may be shown to the client, `decision` may not."""

    def __init__(self, decision: Decision, contact: str = "") -> None:
        self.decision = decision
        self.message = message(decision, contact)
        super().__init__(self.message)


class Overrun(TimeoutError):
    """The tool ran longer than the policy lets it, and its result is withheld. `message` may be shown to the client."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        seconds = decision.obligations.timeout_seconds
        self.message = f"Stopped: the call took longer than {seconds} s. Decision {decision.id}."
        super().__init__(self.message)


def message(decision: Decision, contact: str = "") -> str:
    """A refusal in words for the client, for an agent to read."""
    ask = f" Ask {contact}." if contact else ""
    return f"Refused ({_code(decision)}): {_sentence(decision)} Decision {decision.id}.{ask}"


def _code(decision: Decision) -> str:
    """A rule of ours, or the cause: whoever answers in OPA's place might say anything."""
    return decision.rule if decision.cause is Cause.POLICY and _rule(decision) else decision.cause.value


def _sentence(decision: Decision) -> str:
    if decision.cause is not Cause.POLICY:
        return _SENTENCES[decision.cause]
    rule = _rule(decision)
    return " ".join(rule.description.split()) if rule else "The policy does not permit this call."


def _rule(decision: Decision) -> shipped.Rule | None:
    return shipped.rules().get(decision.rule)
