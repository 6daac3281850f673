"""Many callers at once: they get the decisions that one after another would get, also while OPA dies and comes back."""

import asyncio
import itertools
import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from mcp_opa import bundle, contract, shipped
from mcp_opa.audit import Record
from mcp_opa.gate import Gate
from mcp_opa.model import Cause, Decision, ToolCall
from mcp_opa.pdp import PolicyDecisionPoint
from mcp_opa.pdp.embedded import Bounds, EmbeddedOpa
from mcp_opa.pdp.server import OpaServer
from tests.cases import expand
from tests.conftest import free_address, serving

pytestmark = pytest.mark.slow
CALLERS, EACH, LOAD = 32, 1000, 8
PATIENCE = 10.0
"""Seconds: a busy machine is no bug."""
WITHIN = 1.0
"""Seconds after OPA's return in which the first call must be allowed."""
TABLE = next(table for table in expand.tables() if table.name == "kit-read-only")
CALLS = [case.call for case in TABLE.cases]
EVERY_ENGINE = ["embedded", pytest.param("live", marks=pytest.mark.live)]


class Nowhere:
    """A log that keeps nothing, and a limit that is never reached."""

    def write(self, record: Record) -> None:
        pass

    def hit(self, call: ToolCall, most: int) -> bool:  # noqa: ARG002
        return True


def gate_on(engine: PolicyDecisionPoint) -> Gate:
    nowhere = Nowhere()
    return Gate(engine, audit=nowhere, limiter=nowhere, keeps={"timeout_seconds"}, clock=lambda: float(expand.NOW))


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("bundle") / "bundle.tar.gz"
    path.write_bytes(bundle.build(TABLE.data, shipped.rego()))
    return path


@pytest.fixture
def gate(request: pytest.FixtureRequest, built: Path) -> Iterator[Gate]:
    """A gate on the engine that the test's parameter names."""
    if request.param == "embedded":
        bounds = Bounds(deadline_seconds=PATIENCE)
        with_engine = gate_on(EmbeddedOpa(contract.canonical(TABLE.data), bounds=bounds))
        yield with_engine
        with_engine.close()
        return
    with OpaServer(request.getfixturevalue("live_opa")(built), deadline_seconds=PATIENCE) as server:
        with_engine = gate_on(server)
        yield with_engine
        with_engine.close()


def one_after_another() -> list[Decision]:
    """The right decisions on `CALLS`, without their ids."""
    alone = gate_on(EmbeddedOpa(contract.canonical(TABLE.data)))
    return [replace(alone.preview(call), id="") for call in CALLS]


def order(caller: int) -> list[int]:
    """Which of `CALLS` a caller makes, one after another: all of them, in an order of its own."""
    return random.Random(caller).choices(range(len(CALLS)), k=EACH)  # noqa: S311 (nothing secret)


@pytest.mark.parametrize("gate", EVERY_ENGINE, indirect=True)
def test_threads_get_the_decisions_that_one_would_get(gate: Gate) -> None:
    right = one_after_another()

    def wrong(caller: int) -> list[Decision]:
        decided = [(number, gate.decide(CALLS[number])) for number in order(caller)]
        return [decision for number, decision in decided if replace(decision, id="") != right[number]]

    with ThreadPoolExecutor(CALLERS) as threads:
        assert [found for some in threads.map(wrong, range(CALLERS)) for found in some] == []


@pytest.mark.parametrize("gate", EVERY_ENGINE, indirect=True)
def test_tasks_of_an_event_loop_get_the_decisions_that_one_would_get(gate: Gate) -> None:
    right = one_after_another()

    async def wrong(caller: int) -> list[Decision]:
        decided = [(number, await gate.adecide(CALLS[number])) for number in order(caller)]
        return [decision for number, decision in decided if replace(decision, id="") != right[number]]

    async def together() -> list[list[Decision]]:
        return await asyncio.gather(*(wrong(caller) for caller in range(CALLERS)))

    assert [found for some in asyncio.run(together()) for found in some] == []


@dataclass(frozen=True)
class Span:
    """From a moment to another, in seconds."""

    began: float
    ended: float

    def holds(self, other: "Span") -> bool:
        return self.began <= other.began and other.ended <= self.ended


@dataclass(frozen=True)
class Told:
    """What one call was told, and when."""

    span: Span
    number: int
    decision: Decision


@contextmanager
def load(gate: Gate) -> Iterator[list[Told]]:
    """Threads that call on and on; what they are told."""
    told: list[Told] = []
    over = threading.Event()

    def call(caller: int) -> None:
        for number in itertools.cycle(order(caller)):
            if over.is_set():
                return
            began = time.monotonic()
            decision = replace(gate.preview(CALLS[number]), id="")
            told.append(Told(Span(began, time.monotonic()), number, decision))

    with ThreadPoolExecutor(LOAD) as threads:
        running = [threads.submit(call, caller) for caller in range(LOAD)]
        try:
            yield told
        finally:
            over.set()
        for caller in running:
            caller.result()


@contextmanager
def lasting(spans: list[Span]) -> Iterator[None]:
    """Note how long what happens inside takes: a second and a half beside it."""
    began = time.monotonic()
    yield
    time.sleep(1.5)
    spans.append(Span(began, time.monotonic()))


def held() -> tuple[int, int]:
    """How many sockets and how many threads this process has."""
    return len([link for link in Path("/proc/self/fd").iterdir() if _target(link).startswith("socket:")]), (
        threading.active_count()
    )


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except FileNotFoundError:  # the folder that is being read
        return ""


@pytest.mark.live
@pytest.mark.parametrize("way", ["TCP", "a Unix socket"])
def test_while_opa_dies_and_comes_back_every_decision_is_right_or_a_refusal(
    way: str, opa: Path, built: Path, tmp_path: Path
) -> None:
    right, before = one_after_another(), held()
    address, unix = free_address(), tmp_path / "opa.sock"
    away: list[Span] = []
    there: list[Span] = []
    with OpaServer(f"http://{address}" if way == "TCP" else f"unix:{unix}", deadline_seconds=PATIENCE) as server:
        with load(gate_on(server)) as told:
            for _ in range(2):
                with lasting(away):
                    pass
                with serving(opa, (built,), [f"--addr=unix://{unix}"], tmp_path / "log", address), lasting(there):
                    pass
            with lasting(away):
                pass
        idle = held()
    assert held() <= before
    assert idle[0] - before[0] <= LOAD
    assert {one.decision.cause for one in told} <= {Cause.POLICY, Cause.UNAVAILABLE, Cause.TIMEOUT}
    assert [one for one in told if one.decision.cause is Cause.POLICY and one.decision != right[one.number]] == []
    assert [causes(told, span) for span in there] == [{Cause.POLICY}, {Cause.POLICY}]
    assert [causes(told, span) for span in away] == [{Cause.UNAVAILABLE}] * 3
    for gone, back in zip(away, there, strict=False):
        allowed = [one.span.ended for one in told if one.decision and gone.ended < one.span.ended < back.ended]
        assert min(allowed) - back.began <= WITHIN


def causes(told: list[Told], span: Span) -> set[Cause]:
    """Why the calls were decided as they were that were made and answered in a span of time."""
    return {one.decision.cause for one in told if span.holds(one.span)}
