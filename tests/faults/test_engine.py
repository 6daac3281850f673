"""One engine through many faults: what went wrong with one question is nothing to the next, nor to those beside it."""

import random
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcp_opa.model import Cause, Question
from tests.faults import answers
from tests.faults.fault import Fault, Transport, http, sending, silent
from tests.faults.messages import CHUNKS
from tests.faults.peer import Asked, Peer
from tests.faults.table import FAULTS, ROWS
from tests.faults.trial import DEADLINE, Scene, held, left


@pytest.fixture
def scene() -> Iterator[Scene]:
    before = held()
    with tempfile.TemporaryDirectory() as folder:
        made = Scene(Path(folder), Transport.TCP, None, 5 * DEADLINE)
        try:
            yield made
        finally:
            made.close()
    assert left(before) == 0


def test_one_engine_outlives_every_fault(scene: Scene) -> None:
    rows = [(fault, at) for fault, at in ROWS if fault.transport is Transport.TCP and not (fault.late or fault.pinned)]
    random.Random(1).shuffle(rows)  # noqa: S311 (an order, not a secret)
    for number, (fault, at) in enumerate(rows):
        scene.server.misbehave(fault, at)
        assert scene.tool(f"bad-{number}")().startswith(f"Refused ({fault.cause}): "), fault.name
        scene.server.mend()
        assert scene.tool(f"good-{number}")() == "", fault.name
    assert [number for number in range(len(rows)) if scene.ran(f"bad-{number}")] == []
    assert scene.elsewhere.connections == 0


ANSWERED = [fault for fault in FAULTS if fault.answer and Question.DECISION in fault.at]
STEADY = [fault for fault in ANSWERED if not (fault.late or fault.pinned or fault in CHUNKS)]
GOOD = Fault("none", Cause.POLICY, sending(lambda asked: http(asked.body)))


def _meant(request_id: str) -> Fault:
    """What the server does to a decision of this id: nothing at all in half the cases."""
    drawn = int(request_id[:8], 16)
    return STEADY[drawn // 2 % len(STEADY)] if drawn % 2 else GOOD


def _by_id(peer: Peer, asked: Asked) -> None:
    script = _meant(asked.id).answer
    assert script is not None
    script(peer, asked)


def test_threads_that_share_an_engine_get_each_its_own_answer(scene: Scene) -> None:
    scene.server.misbehave(Fault("each its own", Cause.POLICY, _by_id), Question.DECISION)

    def calls(thread: int) -> None:
        for number in range(40):
            scene.tool(f"{thread}-{number}")()

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(calls, range(16)))
    decided = [record for record in scene.log.records if record.event == "decision"]
    assert [record for record in decided if record.cause != _meant(record.decision_id).cause] == []
    assert [
        record for record in decided if scene.ran(record.tool_name) is not (_meant(record.decision_id) is GOOD)
    ] == []
    assert len(decided) == 16 * 40
    assert scene.elsewhere.connections == 0


def _ahead(peer: Peer, asked: Asked) -> None:
    """A good answer, and right behind it what the next question must not take for its own."""
    poison = answers.body(answers.value(Question.DECISION, asked.id))
    peer.send(http(asked.body) + http(poison))


def test_what_was_sent_before_a_question_is_never_its_answer(scene: Scene) -> None:
    scene.server.misbehave(Fault("answers ahead", Cause.POLICY, _ahead), Question.DECISION)
    assert scene.tool("first")() == ""
    time.sleep(0.05)  # what is ahead has arrived
    scene.server.mend()
    assert scene.tool("second")() == ""
    first, second = [record for record in scene.log.records if record.event == "decision"]
    assert (first.policy_decision, second.policy_decision) == ("ALLOW", "ALLOW")
    assert first.decision_id != second.decision_id


@pytest.mark.slow
def test_a_question_that_hangs_holds_up_no_other(scene: Scene) -> None:
    assert scene.tool("known")() == ""
    scene.server.misbehave(Fault("silent", Cause.TIMEOUT, silent(lambda _: b"")), Question.NEEDS)
    refused: list[str] = []
    hanging = [
        threading.Thread(target=lambda name=f"new-{number}": refused.append(scene.tool(name)())) for number in range(8)
    ]
    for thread in hanging:
        thread.start()
    while scene.server.asked < len(hanging):
        time.sleep(0.001)
    assert [scene.tool("known")() for _ in range(20)] == [""] * 20
    for thread in hanging:
        thread.join()
    assert [message[:17] for message in refused] == ["Refused (timeout)"] * 8
