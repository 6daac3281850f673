"""The one sequencer: a call, its facts, the engine's answer, the decision.

Guarantees: every call that is put to `Gate.decide` gets a `Decision`, and an allowing one only from a whole answer of
the policy, on the facts that this very revision of the policy asked for. It does not run the call, and doesn't know
where the call came from.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from pathlib import Path

from mcp_opa import bundle, contract, facts, policy, shipped
from mcp_opa.model import Cause, Decision, Needs, Question, Subject, ToolCall
from mcp_opa.pdp import PolicyDecisionPoint
from mcp_opa.pdp.embedded import EmbeddedOpa

_REMEMBERED = 4096
"""How many answers to `needs` a gate keeps."""


class Gate:
    """Asks one engine. Threads may share a gate."""

    def __init__(self, pdp: PolicyDecisionPoint, *, clock: Callable[[], float] = time.time) -> None:
        """`clock` gives seconds since 1970; the policy's `expires` is judged by it."""
        self._pdp = pdp
        self._clock = clock
        self._known = _KnownNeeds()

    @classmethod
    def from_policy(cls, path: str | Path) -> Gate:
        """A gate on the embedded engine, for a policy in YAML or a bundle that mcp-opa built.

        Raises `OSError`, `policy.PolicyError`, `bundle.BundleError` or `pdp.EngineError`.
        """
        return cls(EmbeddedOpa(contract.canonical(load_data(Path(path)))))

    def preview(self, call: ToolCall, *, request_id: str | None = None) -> Decision:
        """The verdict on one call; never raises for anything that the call holds or the engine does."""
        request_id = request_id or secrets.token_hex(16)
        try:
            decision = self._decide(call, request_id, self._needs(call, request_id))
            if decision is None:
                decision = self._decide(call, request_id, self._needs(call, request_id, fresh=True))
        except contract.Unsendable as error:
            return contract.refusal(request_id, Cause.UNSENDABLE, str(error))
        except contract.Fault as fault:
            return contract.refusal(request_id, fault.cause, fault.detail)
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
        return contract.to_visible(self._pdp.ask(Question.VISIBLE, document), request_id, len(resources))

    def _decide(self, call: ToolCall, request_id: str, needs: Needs) -> Decision | None:
        """None if another revision answered than the one whose needs the facts serve."""
        found = facts.compute(call, needs)
        document = contract.input_document(call, found, request_id, int(self._clock()))
        decision = contract.to_decision(self._pdp.ask(Question.DECISION, document), request_id)
        stale = decision.cause is Cause.POLICY and decision.revision != needs.revision
        return None if stale else decision

    def _needs(self, call: ToolCall, request_id: str, *, fresh: bool = False) -> Needs:
        key = (call.subject.id, call.subject.groups, call.method, call.server_id, call.name)
        if not fresh and (known := self._known.get(key)):
            return known
        document = contract.needs_document(call, request_id, int(self._clock()))
        needs = contract.to_needs(self._pdp.ask(Question.NEEDS, document), request_id)
        self._known.put(key, needs)
        return needs


class _KnownNeeds:
    """The answers to `needs` of one revision, the least recently used dropped first."""

    def __init__(self) -> None:
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
            if len(self._entries) > _REMEMBERED:
                self._entries.popitem(last=False)


def load_data(path: Path) -> dict[str, object]:
    """The sealed policy data of a policy in YAML or of a bundle, told apart by the first bytes.

    A bundle's data counts only under the Rego that this package ships. Raises `OSError`, `policy.PolicyError` or
    `bundle.BundleError`.
    """
    with path.open("rb") as file:
        raw = file.read(bundle.MAX_BYTES + 1)  # converting or reading it refuses what is larger
    if raw.startswith(b"\x1f\x8b"):
        read = bundle.read(raw)
        if read.rego != shipped.rego():
            msg = f"{path}: the bundle holds other Rego than this mcp-opa; build it again with `mcp-opa build`"
            raise bundle.BundleError(msg)
        return read.data
    return bundle.seal(policy.convert(raw, str(path)).data, shipped.rego_digest())
