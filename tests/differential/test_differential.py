"""Law 7: one policy, any engine. A live OPA and the embedded engine, asked the same, decide alike."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mcp_opa import bundle, contract, shipped
from mcp_opa.contract.document import MAX_DOCUMENT
from mcp_opa.gate import Gate
from mcp_opa.model import Answer, Cause, Json, Question
from mcp_opa.pdp import PolicyDecisionPoint
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pdp.server import OpaServer
from tests.cases.expand import NOW
from tests.differential.grounds import Ground, grounds
from tests.differential.hostile import Hostile

pytestmark = [pytest.mark.live, pytest.mark.slow]
CALLS, DOCUMENTS, PAGES = 300, 150, 60
"""For each policy."""
Engines = tuple[PolicyDecisionPoint, PolicyDecisionPoint]


class Overheard:
    """An engine that remembers what it was asked."""

    def __init__(self, engine: PolicyDecisionPoint) -> None:
        self._engine = engine
        self.documents: list[tuple[Question, bytes]] = []

    def ask(self, question: Question, document: bytes) -> Answer:
        self.documents.append((question, document))
        return self._engine.ask(question, document)


@pytest.fixture(scope="module", params=grounds(), ids=lambda ground: ground.name)
def ground(request: pytest.FixtureRequest) -> Ground:
    found: Ground = request.param
    return found


@pytest.fixture(scope="module")
def engines(
    ground: Ground, live_opa: Callable[..., str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engines]:
    path = tmp_path_factory.mktemp("bundle") / "bundle.tar.gz"
    path.write_bytes(bundle.build(ground.data, shipped.rego()))
    with OpaServer(live_opa(path), deadline_seconds=10) as server:
        yield server, EmbeddedOpa(contract.canonical(ground.data))


def test_a_hostile_call_is_decided_alike(ground: Ground, engines: Engines) -> None:
    """Decisions are compared whole: effect, cause, permits, reasons and their order, obligations, revision."""
    hostile = Hostile(ground, seed=1)
    gates = [Gate(engine, clock=lambda: float(NOW)) for engine in engines]
    calls = [*ground.calls, *(hostile.call() for _ in range(CALLS))]
    decided = [(call, [gate.preview(call, request_id=str(n)) for gate in gates]) for n, call in enumerate(calls)]
    assert [(call, both) for call, both in decided if both[0] != both[1]] == []
    causes = {both[0].cause for _, both in decided}
    assert causes <= {Cause.POLICY, Cause.UNSENDABLE}
    assert Cause.POLICY in causes


def test_a_hostile_document_is_answered_alike(ground: Ground, engines: Engines) -> None:
    """Documents that no gate would send: parts missing, of other types, or too many."""
    hostile = Hostile(ground, seed=2)
    overheard = Overheard(engines[1])
    for _ in range(DOCUMENTS):
        Gate(overheard, clock=lambda: float(NOW)).preview(hostile.call(), request_id="one")
    different = []
    for question, document in overheard.documents:
        spoilt = hostile.document(document)
        if len(spoilt) > MAX_DOCUMENT:
            continue
        answers = [settled(question, engine.ask(question, spoilt)) for engine in engines]
        if answers[0] != answers[1]:
            different.append((question, spoilt, *answers))
    assert different == []


def test_a_page_is_filtered_alike(ground: Ground, engines: Engines) -> None:
    hostile = Hostile(ground, seed=3)
    gates = [Gate(engine, clock=lambda: float(NOW)) for engine in engines]
    pages = [hostile.page() for _ in range(PAGES)]
    filtered = [(page, [gate.visible(*page) for gate in gates]) for page in pages]
    assert [(page, both) for page, both in filtered if both[0] != both[1]] == []
    assert any(any(both[0]) for _, both in filtered)


def test_both_say_of_themselves_the_same(ground: Ground, engines: Engines) -> None:
    answers = [engine.ask(Question.ABOUT, contract.about_document("one")) for engine in engines]
    about = {"version": 1, "id": "one", "revision": ground.data["revision"], "contact": ground.data["contact"]}
    assert answers == [Answer(about), Answer(about)]


def settled(question: Question, answer: Answer) -> tuple[Cause | None, Json]:
    """An answer without what the engines may differ in: the order of lists that are sets, and what a detail says."""
    ordered = answer.value if question is Question.VISIBLE else _ordered(answer.value)
    return answer.cause, ordered


def _ordered(value: Any) -> Json:  # noqa: ANN401 (as an engine gives it)
    if isinstance(value, dict):
        return {key: _ordered(child) for key, child in value.items()}
    return sorted((_ordered(child) for child in value), key=contract.canonical) if isinstance(value, list) else value
