"""One record, as a log writes it.

Guarantees: a record can be made of any call, however odd, and always written as one line of ASCII: its texts and its
arguments are bounded, and hold no secret that `redaction` knows.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal, NamedTuple, Self

from pydantic_core import to_json

from mcp_opa.audit import redaction
from mcp_opa.model import Cause, Decision, Json, Outcome, Reason, ToolCall

_MOST = 100
"""Of reasons, and of sources of the context."""


class Record(NamedTuple):
    """What a log keeps of a decision, and again of the outcome of a call that ran.

    The fields from `timestamp` to `context_sources` are the kit's. A call that was allowed has a decision and, when it
    has ended, an outcome under the same `decision_id`.
    """

    event: Literal["decision", "outcome"]
    timestamp: str
    """ISO 8601, UTC, to the millisecond."""
    actor: str
    correlation_id: str
    session_id: str
    source_ip: str
    tool_name: str
    """The tool; for another method the resource's URI or the prompt's name."""
    arguments: Json
    """Sanitised: see `redaction`."""
    server_id: str | None
    policy_decision: str
    policy_rule_matched: str
    auth_method: str
    status: str | None
    """SUCCESS, FAILURE, TIMEOUT or ERROR; None in the record of a decision: nothing has run."""
    error: str
    """Of an outcome what went wrong; of a decision why there was none."""
    duration_ms: float | None
    result_metadata: Json
    """Kind and size of the result."""
    model_output_ref: str
    context_sources: tuple[str, ...]
    method: str
    """The MCP method."""
    decision_id: str
    revision: str
    cause: str
    reasons: tuple[Json, ...]
    would_deny: tuple[Json, ...]
    """What LOG_AND_ALLOW let pass."""
    alert: bool
    """Whether somebody should be told: the policy says so, or nothing could be decided."""

    @classmethod
    def decided(cls, call: ToolCall, decision: Decision, seconds: float) -> Self:
        """The record of a decision, made at `seconds` since 1970."""
        text, name = redaction.text, redaction.name
        return cls(
            event="decision",
            timestamp=_timestamp(seconds),
            actor=name(call.subject.id),
            correlation_id=text(call.correlation_id),
            session_id=name(call.session_id),
            source_ip=name(call.source_ip),
            tool_name=name(call.name),
            arguments=redaction.arguments(call.arguments),
            server_id=None if call.server_id is None else name(call.server_id),
            policy_decision=decision.effect.value,
            policy_rule_matched=name(decision.rule),
            auth_method=name(call.subject.auth_method),
            status=None,
            error=redaction.excerpt(decision.detail),
            duration_ms=None,
            result_metadata={},
            model_output_ref=text(call.model_output_ref),
            context_sources=tuple(text(source) for source in call.context_sources[:_MOST]),
            method=name(call.method),
            decision_id=text(decision.id),
            revision=name(decision.revision),
            cause=decision.cause.value,
            reasons=tuple(_reason(reason) for reason in decision.reasons[:_MOST]),
            would_deny=tuple(_reason(reason) for reason in decision.would_deny[:_MOST]),
            alert=decision.obligations.alert or decision.cause is not Cause.POLICY,
        )

    def ended(self, outcome: Outcome, seconds: float) -> Self:
        """The record of what came of the call that this decision allowed."""
        return self._replace(
            event="outcome",
            timestamp=_timestamp(seconds),
            status=outcome.status.value,
            error=redaction.excerpt(outcome.error),
            duration_ms=outcome.duration_ms,
            result_metadata=redaction.arguments(dict(outcome.result_metadata)),
        )

    def line(self) -> bytes:
        """The record as one line of JSON."""
        return to_json(self._asdict(), ensure_ascii=True) + b"\n"


def _timestamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")


def _reason(reason: Reason) -> dict[str, Json]:
    shown: dict[str, Json] = {"code": redaction.text(reason.code)}
    if reason.argument is not None:
        shown["argument"] = redaction.text(reason.argument)
    if reason.source is not None:
        shown["source"] = {"line": reason.source.line, "text": redaction.text(reason.source.text)}
    return shown
