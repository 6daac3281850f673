"""The one sequencer: the policy's verdict, the obligations, the record, and only then an allow.

Guarantees: `decide` never raises for anything that a call holds or an engine, a rate limit or a log does; whatever
fails makes it a refusal with its own cause. An allow has been counted, its obligations are kept by somebody, and its
record has been written. It does not run the call: `execution` and `guard` see to those that do.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path

from mcp_opa import contract
from mcp_opa.audit import AuditLog, StandardError
from mcp_opa.gate._aside import Aside, Full
from mcp_opa.gate._guard import Guarded, Tool
from mcp_opa.gate._here import Here
from mcp_opa.gate._inquiry import Inquiry
from mcp_opa.gate._ledger import Entry, Ledger, refused
from mcp_opa.gate.actor import Actor
from mcp_opa.gate.denied import Denied
from mcp_opa.gate.execution import Execution
from mcp_opa.gate.loading import load_data
from mcp_opa.limits import Limiter, RateLimiter
from mcp_opa.model import Cause, Decision, Json, Outcome, Subject, ToolCall
from mcp_opa.pdp import PolicyDecisionPoint
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.signature import Verifier

OWN = frozenset(("rate_limit", "log", "alert"))
"""The obligations that a gate keeps itself, with its limiter and its log."""
ALL = OWN | {"timeout_seconds"}


class Gate:
    """Asks one engine, keeps obligations, writes the record. Threads and event loops may share a gate."""

    def __init__(
        self,
        pdp: PolicyDecisionPoint,
        *,
        audit: AuditLog | None = None,
        limiter: Limiter | None = None,
        keeps: Iterable[str] = (),
        clock: Callable[[], float] = time.time,
        inline: bool = False,
    ) -> None:
        """A gate on an engine; the engine, the log and the limiter stay their owner's to close.

        `audit` is where records go: standard error if not given. `limiter` counts calls: in this process's memory if
        not given. `keeps` names the obligations beside its own that whoever calls `decide` or `enforce` promises to
        keep: `timeout_seconds`, or nothing. `clock` gives seconds since 1970; the policy's `expires` is judged by it.
        `inline`: an event loop waits for each decision, instead of a thread; quicker with an engine in this process,
        for a loop that serves one caller.
        """
        self._keeps = OWN | frozenset(keeps)
        if unknown := self._keeps - ALL:
            raise ValueError(
                f"keeps: {', '.join(sorted(unknown))} is no obligation; there are {', '.join(sorted(ALL))}"
            )
        self._inquiry = Inquiry(pdp, clock)
        self._ledger = Ledger(
            StandardError() if audit is None else audit, RateLimiter() if limiter is None else limiter, clock
        )
        self._aside = Here() if inline else Aside()

    @classmethod
    def from_policy(
        cls,
        path: str | Path,
        *,
        key: str | Path | None = None,
        audit: AuditLog | None = None,
        limiter: Limiter | None = None,
        keeps: Iterable[str] = (),
    ) -> Gate:
        """A gate on the embedded engine, for a policy in YAML or a bundle that mcp-opa built.

        `key` is the file of a public key: then the policy must be a bundle that its pair signed. Raises `OSError`,
        `signature.SignatureError`, `policy.PolicyError`, `bundle.BundleError` or `pdp.EngineError`.
        """
        verifier = None if key is None else Verifier(Path(key).read_bytes())
        engine = EmbeddedOpa(contract.canonical(load_data(Path(path), verifier=verifier)))
        return cls(engine, audit=audit, limiter=limiter, keeps=keeps)

    def preview(self, call: ToolCall, *, request_id: str | None = None) -> Decision:
        """What the policy says of a call. Nothing is counted or recorded, so the call must not run on it."""
        return self._inquiry.verdict(call, request_id or secrets.token_hex(16))

    def decide(self, call: ToolCall) -> Decision:
        """The verdict on one call, recorded; it may run if the decision is true. Never raises."""
        return self._decide(call, self._keeps).decision

    def enforce(self, call: ToolCall) -> Decision:
        """The decision that allows the call. Raises `Denied`."""
        return self._allowed(self.decide(call))

    async def adecide(self, call: ToolCall) -> Decision:
        """`decide` for an event loop, which goes on meanwhile."""
        return (await self._adecide(call, self._keeps)).decision

    async def aenforce(self, call: ToolCall) -> Decision:
        """`enforce` for an event loop, which goes on meanwhile."""
        return self._allowed(await self.adecide(call))

    def visible(
        self, subject: Subject, method: str, server_id: str | None, resources: Sequence[contract.Resource]
    ) -> list[bool]:
        """Which entries of a page the subject may see. Raises `contract.Fault` or `contract.Unsendable`."""
        return self._inquiry.visible(subject, method, server_id, resources)

    async def avisible(
        self, subject: Subject, method: str, server_id: str | None, resources: Sequence[contract.Resource]
    ) -> list[bool]:
        """`visible` for an event loop, which goes on meanwhile."""
        try:
            return await self._aside.admitted(partial(self.visible, subject, method, server_id, resources))
        except Full as full:
            raise contract.Fault(Cause.UNAVAILABLE, str(full)) from full

    def refuse(self, call: ToolCall, cause: Cause, detail: str) -> Decision:
        """A refusal for a reason that lies before the policy (nobody proved who calls), recorded."""
        return self._refuse(call, cause, detail).decision

    def complete(self, call: ToolCall, decision: Decision, outcome: Outcome) -> None:
        """Record what came of a call that `decide` allowed. Raises what the log raises: then withhold the result."""
        self._ledger.ended(call, Entry(decision), outcome)

    @contextmanager
    def execution(self, call: ToolCall) -> Iterator[Execution]:
        """Run a call inside: every obligation is kept, and what came of it is recorded. Raises `Denied`, `Overrun`.

        What is put into `.result` is measured for the record. Past the policy's `timeout_seconds` `Overrun` is raised
        at the end, so that the result isn't used.
        """
        entry = self._decide(call, ALL)
        execution = Execution(self._allowed(entry.decision))
        try:
            with execution.watched():
                yield execution
        finally:
            self._ledger.ended(call, entry, execution.outcome)

    @asynccontextmanager
    async def aexecution(self, call: ToolCall) -> AsyncIterator[Execution]:
        """`execution` for an event loop: what runs inside is cancelled at the policy's `timeout_seconds`."""
        entry = await self._adecide(call, ALL)
        execution = Execution(self._allowed(entry.decision))
        try:
            async with execution.awatched():
                yield execution
        finally:  # recorded also if whoever called waits no longer
            await self._aside.finished(partial(self._ledger.ended, call, entry, execution.outcome))

    def guard(
        self,
        name: str,
        *,
        actor: Actor = None,
        server_id: str | None = None,
        schema: Json | None = None,
        injected: Iterable[str] = (),
    ) -> Callable[[Tool], Tool]:
        """Put the gate before a Python function that is a tool: it runs only if allowed, with what was decided.

        `name` is the tool's name in the policy. `actor` says who calls: a `Subject` or an id, or a function without
        parameters that gives one for each call; nobody (None) is refused. `injected` names parameters that the
        framework fills and the model can't. A call raises `Denied` or `Overrun`, or what the function raises.
        """
        return Guarded(self, name, actor, server_id, schema, frozenset(injected)).around

    def close(self) -> None:
        """End the threads that served event loops. The gate can go on being used."""
        self._aside.close()

    def _decide(self, call: ToolCall, keeps: frozenset[str]) -> Entry:
        decision = _kept(self.preview(call), keeps)
        return self._ledger.recorded(call, self._ledger.counted(call, decision))

    def _allowed(self, decision: Decision) -> Decision:
        if not decision:
            raise Denied(decision, self._inquiry.contact)
        return decision

    async def _adecide(self, call: ToolCall, keeps: frozenset[str]) -> Entry:
        try:
            return await self._aside.admitted(partial(self._decide, call, keeps))
        except Full as full:
            return self._refuse(call, Cause.UNAVAILABLE, str(full))

    def _refuse(self, call: ToolCall, cause: Cause, detail: str) -> Entry:
        return self._ledger.recorded(call, contract.refusal(secrets.token_hex(16), cause, detail))


def _kept(decision: Decision, keeps: frozenset[str]) -> Decision:
    """The decision, or a refusal if it obliges the caller to something that the caller doesn't do."""
    if decision and decision.obligations.timeout_seconds is not None and "timeout_seconds" not in keeps:
        detail = (
            "the policy sets timeout_seconds, and the caller doesn't keep it: use gate.execution or gate.guard, or stop"
            ' the call at its time and say Gate(…, keeps={"timeout_seconds"})'
        )
        return refused(decision, Cause.MALFORMED, detail)
    return decision
