"""The gate in an event loop, which goes on while a decision is made."""

import asyncio
import os
import signal
import threading
import time

import anyio
import pytest

from mcp_opa.gate import Denied, Gate
from mcp_opa.model import Answer, Cause, Question
from tests.gate.conftest import READ, REFUSED, Kept


class Held:
    """An engine that answers nothing until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()
        self.asked = threading.Event()

    def ask(self, question: Question, document: bytes) -> Answer:
        self.asked.set()
        self.go.wait(30)
        return Answer(cause=Cause.UNAVAILABLE, detail="let go")


def test_it_decides_as_the_other_does(gate: Gate, log: Kept) -> None:
    async def both() -> list[bool]:
        return [bool(await gate.adecide(call)) for call in (READ, REFUSED)]

    assert asyncio.run(both()) == [True, False]
    gate.close()
    assert log.events() == [("decision", "ALLOW", None), ("decision", "DENY", None)]


def test_it_enforces_as_the_other_does(gate: Gate) -> None:
    assert asyncio.run(gate.aenforce(READ)).permits == ("read_only.permitted",)
    with pytest.raises(Denied):
        asyncio.run(gate.aenforce(REFUSED))
    gate.close()


def test_the_event_loop_goes_on_while_an_engine_is_silent(log: Kept) -> None:
    held = Held()
    gate = Gate(held, audit=log)

    async def main() -> tuple[int, Cause]:
        deciding = asyncio.create_task(gate.adecide(READ))
        while not held.asked.is_set():
            await asyncio.sleep(0)
        turns = 0
        while turns < 100:
            await asyncio.sleep(0)
            turns += 1
        held.go.set()
        return turns, (await deciding).cause

    assert asyncio.run(main()) == (100, Cause.UNAVAILABLE)
    gate.close()


def test_more_calls_than_may_wait_are_refused_at_once(log: Kept) -> None:
    held = Held()
    gate = Gate(held, audit=log)

    async def main() -> tuple[list[str], int]:
        deciding = [asyncio.create_task(gate.adecide(READ)) for _ in range(257)]
        await asyncio.wait(deciding, return_when=asyncio.FIRST_COMPLETED)
        early = [task.result().detail for task in deciding if task.done()]
        threads = [thread for thread in threading.enumerate() if thread.name.startswith("mcp-opa_")]
        held.go.set()
        await asyncio.gather(*deciding)
        return early, len(threads)

    assert asyncio.run(main()) == (["256 calls wait for a decision already"], 32)
    gate.close()


def test_any_number_of_calls_may_follow_one_another(gate: Gate) -> None:
    async def main() -> list[bool]:
        return [bool(await gate.adecide(READ)) for _ in range(300)]

    assert asyncio.run(main()) == [True] * 300
    gate.close()


def test_more_pages_than_may_wait_are_refused_at_once_too(log: Kept) -> None:
    held = Held()
    gate = Gate(held, audit=log)

    async def main() -> list[str]:
        asking = [asyncio.create_task(gate.avisible(READ.subject, "tools/list", None, [])) for _ in range(257)]
        await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
        early = [str(task.exception()) for task in asking if task.done()]
        held.go.set()
        await asyncio.gather(*asking, return_exceptions=True)
        return early

    assert asyncio.run(main()) == ["256 calls wait for a decision already"]
    gate.close()


def test_a_forked_child_decides_with_threads_of_its_own(gate: Gate) -> None:
    assert asyncio.run(gate.adecide(READ))
    time.sleep(0.2)  # until the thread is idle: to a busy one the child would add one of its own
    child = os.fork()
    if not child:
        signal.alarm(30)
        try:
            os._exit(not asyncio.run(gate.adecide(READ)))
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    gate.close()


def test_a_gate_that_was_closed_leaves_no_thread_and_can_be_used_again(gate: Gate) -> None:
    for _ in range(2):
        assert asyncio.run(gate.adecide(READ))
        assert asyncio.run(gate.adecide(REFUSED)).rule == "read_only.path_not_allowed"
        gate.close()
        gate.close()
        assert [thread.name for thread in threading.enumerate() if thread.name.startswith("mcp-opa_")] == []


def test_what_nobody_waits_for_any_more_is_recorded_still(gate: Gate, log: Kept) -> None:
    async def left() -> None:
        with anyio.CancelScope() as scope:
            async with gate.aexecution(READ):
                scope.cancel()
                await anyio.sleep(30)

    asyncio.run(left())
    gate.close()
    assert log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "ERROR")]
