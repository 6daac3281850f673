"""One question to the policy: a call, its facts, the engine's answer, the verdict.

Guarantees: a verdict that allows rests on the facts that this very revision of the policy asked for. It keeps no
obligation, counts nothing and records nothing.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from mcp_opa import contract, facts
from mcp_opa.gate._promise import promised
from mcp_opa.gate.execution import spelled
from mcp_opa.model import Answer, Cause, Decision, Needs, Question, Subject, ToolCall
from mcp_opa.pdp import PolicyDecisionPoint

_REMEMBERED = 4096
"""How many answers to `needs` are kept."""


class Inquiry:
    """Asks one engine. Threads may share it."""

    def __init__(self, pdp: PolicyDecisionPoint, clock: Callable[[], float]) -> None:
        self._pdp = pdp
        self._clock = clock
        self._known = _KnownNeeds()

    @property
    def contact(self) -> str:
        """Whom the policy names for a refused client to ask; empty if it names nobody, or hasn't been asked yet."""
        return self._known.contact

    def verdict(self, call: ToolCall, request_id: str) -> Decision:
        """What the policy says of a call; a refusal with its own cause where that can't be had."""
        try:
            decision = self._decide(call, request_id, self._needs(call, request_id))
            if decision is None:
                decision = self._decide(call, request_id, self._needs(call, request_id, fresh=True))
        except contract.Unsendable as error:
            return contract.refusal(request_id, Cause.UNSENDABLE, str(error))
        except contract.Fault as fault:
            return contract.refusal(request_id, fault.cause, fault.detail)
        except Exception as error:  # noqa: BLE001 (a call of other types than its own, or a fault of ours: no verdict)
            return contract.refusal(request_id, Cause.UNSENDABLE, f"the call can't be read: {spelled(error)}")
        if decision is None:
            detail = "the policy changed twice while the call was being decided; try again"
            return contract.refusal(request_id, Cause.UNAVAILABLE, detail)
        return decision

    def visible(
        self, subject: Subject, method: str, server_id: str | None, resources: Sequence[contract.Resource]
    ) -> list[bool]:
        """Which entries of a page the subject may see. Raises `contract.Fault` or `contract.Unsendable`."""
        request_id = secrets.token_hex(16)
        document = contract.visible_document(subject, method, server_id, resources, request_id, int(self._clock()))
        return contract.to_visible(self._asked(Question.VISIBLE, document), request_id, len(resources))

    def _decide(self, call: ToolCall, request_id: str, needs: Needs) -> Decision | None:
        """None if another revision answered than the one whose needs the facts serve."""
        found = facts.compute(call, needs)
        document = contract.input_document(call, found, request_id, int(self._clock()))
        decision = contract.to_decision(self._asked(Question.DECISION, document), request_id)
        stale = decision.cause is Cause.POLICY and decision.revision != needs.revision
        return None if stale else decision

    def _needs(self, call: ToolCall, request_id: str, *, fresh: bool = False) -> Needs:
        key = (call.subject.id, call.subject.groups, call.method, call.server_id, call.name)
        if not fresh and (known := self._known.get(key)):
            return known
        document = contract.needs_document(call, request_id, int(self._clock()))
        needs = contract.to_needs(self._asked(Question.NEEDS, document), request_id)
        self._known.put(key, needs)
        return needs

    def _asked(self, question: Question, document: bytes) -> Answer:
        """The engine's answer, also of an engine that breaks the port's promise."""
        try:
            answer: object = self._pdp.ask(question, document)
        except Exception as error:  # noqa: BLE001 (whatever an engine does, it gave no answer)
            return Answer(cause=Cause.UNAVAILABLE, detail=f"the engine failed: {spelled(error)}")
        if promised(answer) or not isinstance(answer, Answer):
            return Answer(cause=Cause.MALFORMED, detail=f"the engine's ask gave {type(answer).__name__}, no Answer")
        return answer


class _KnownNeeds:
    """The answers to `needs` of one revision, the least recently used dropped first."""

    def __init__(self) -> None:
        self.contact = ""
        self._entries: OrderedDict[object, Needs] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: object) -> Needs | None:
        with self._lock:
            needs = self._entries.get(key)
            if needs is not None:
                self._entries.move_to_end(key)
            return needs

    def put(self, key: object, needs: Needs) -> None:
        with self._lock:
            if self._entries and next(iter(self._entries.values())).revision != needs.revision:
                self._entries.clear()
            self._entries[key] = needs
            self.contact = needs.contact
            if len(self._entries) > _REMEMBERED:
                self._entries.popitem(last=False)
