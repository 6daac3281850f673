"""What a gate keeps itself of the obligations: calls are counted, decisions and outcomes recorded.

Guarantees: an allow comes back only if the limit had room for it, and the log has it; whatever a limiter or a log does
instead of that, though it were to promise it for later, is a refusal with its own cause.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

from mcp_opa.audit import AuditLog, Record
from mcp_opa.gate._promise import promised
from mcp_opa.gate.execution import spelled
from mcp_opa.limits import Limiter
from mcp_opa.model import Cause, Decision, Effect, Outcome, ToolCall


class Entry(NamedTuple):
    """A decision and its record, from which that of the outcome is made."""

    decision: Decision
    record: Record | None = None
    """None: it is made again if it is wanted."""


class Ledger:
    """One limiter and one log. Threads may share it."""

    def __init__(self, audit: AuditLog, limiter: Limiter, clock: Callable[[], float]) -> None:
        self._audit = audit
        self._limiter = limiter
        self._clock = clock

    def counted(self, call: ToolCall, decision: Decision) -> Decision:
        """The decision, or a refusal if it allows more than the policy's limit does. Never raises."""
        most = decision.obligations.rate_limit
        if not decision or most is None:
            return decision
        try:
            within = self._within(call, most)
        except Exception as error:  # noqa: BLE001 (whatever a limiter does, the call is refused)
            detail = f"calls can't be counted: {spelled(error)}; see that the storage answers"
            return refused(decision, Cause.RATE_LIMIT, detail)
        detail = f"more than {most} calls a minute of this actor, server and tool"
        return decision if within else refused(decision, Cause.RATE_LIMIT, detail)

    def recorded(self, call: ToolCall, decision: Decision) -> Entry:
        """The decision, or a refusal if it can't be recorded. Never raises."""
        try:
            record = Record.decided(call, decision, self._clock())
            self._write(record)
        except Exception as error:  # noqa: BLE001 (whatever a log does, the call is refused)
            detail = f"the record can't be written: {spelled(error)}; nothing runs unrecorded"
            return Entry(refused(decision, Cause.AUDIT, detail))
        return Entry(decision, record)

    def ended(self, call: ToolCall, entry: Entry, outcome: Outcome) -> None:
        """Record an outcome. Raises what the log raises."""
        now = self._clock()
        self._write((entry.record or Record.decided(call, entry.decision, now)).ended(outcome, now))

    def _within(self, call: ToolCall, most: int) -> bool:
        within: object = self._limiter.hit(call, most)
        if promised(within) or not isinstance(within, bool):
            raise TypeError(f"the limiter's hit gave {type(within).__name__}, and must give True or False")
        return within

    def _write(self, record: Record) -> None:
        write: Callable[[Record], object] = self._audit.write
        if promised(write(record)):
            raise TypeError("the log's write is async, and would write later: make it a plain `def`")


def refused(decision: Decision, cause: Cause, detail: str) -> Decision:
    """The decision, turned into a refusal."""
    return replace(decision, effect=Effect.DENY, cause=cause, detail=detail)
