"""Running what was allowed: the outcome in the record, and the policy's time."""

import asyncio
import copy
import time

import pytest

from mcp_opa.gate import Denied, Gate, Overrun
from tests.gate.conftest import READ, REFUSED, SLOW, Kept


def test_a_run_leaves_its_outcome_in_the_record(gate: Gate, log: Kept) -> None:
    with gate.execution(READ) as execution:
        execution.result = "héllo"
    assert log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "SUCCESS")]
    outcome = log.records[1]
    assert outcome.decision_id == execution.decision.id
    assert (outcome.error, outcome.result_metadata) == ("", {"type": "str", "bytes": 6})
    assert outcome.duration_ms is not None


def test_an_outcome_has_the_arguments_that_were_decided(gate: Gate, log: Kept) -> None:
    call = copy.deepcopy(READ)
    assert isinstance(call.arguments, dict)
    with gate.execution(call):
        call.arguments["path"] = "changed by the tool"
    assert log.records[1].arguments == log.records[0].arguments == READ.arguments


def test_what_is_refused_does_not_run(gate: Gate, log: Kept) -> None:
    with pytest.raises(Denied), gate.execution(REFUSED):
        pytest.fail("it ran")
    assert log.events() == [("decision", "DENY", None)]


def test_what_is_not_recorded_does_not_run(gate: Gate, log: Kept) -> None:
    log.failing = OSError("disk full")
    with pytest.raises(Denied), gate.execution(READ):
        pytest.fail("it ran")


def test_an_exception_is_the_outcome_and_goes_on(gate: Gate, log: Kept) -> None:
    with pytest.raises(KeyError), gate.execution(READ):
        raise KeyError("password=hunter2")
    assert (log.records[1].status, log.records[1].error) == ("ERROR", "KeyError: 'password=[redacted]'")


def test_a_tool_may_say_that_it_failed(gate: Gate, log: Kept) -> None:
    with gate.execution(READ) as execution:
        execution.failed("no such file")
    assert (log.records[1].status, log.records[1].error) == ("FAILURE", "no such file")


def test_a_run_that_was_late_is_a_timeout_and_its_result_is_withheld(gate: Gate, log: Kept) -> None:
    with pytest.raises(Overrun) as late, gate.execution(SLOW) as execution:
        execution.result = "too late"
        time.sleep(1.05)
    assert late.value.message == f"Stopped: the call took longer than 1 s. Decision {late.value.decision.id}."
    assert str(late.value) == late.value.message
    assert log.events()[1] == ("outcome", "ALLOW", "TIMEOUT")


def test_a_run_that_was_in_time_keeps_its_result(gate: Gate, log: Kept) -> None:
    with gate.execution(SLOW) as execution:
        execution.result = "in time"
    assert (execution.result, log.events()[1]) == ("in time", ("outcome", "ALLOW", "SUCCESS"))


def test_an_outcome_that_cannot_be_recorded_is_an_error(gate: Gate, log: Kept) -> None:
    with pytest.raises(OSError, match="disk full"), gate.execution(READ):
        log.failing = OSError("disk full")


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        (None, {}),
        (b"abc", {"type": "bytes", "bytes": 3}),
        ([1, 2], {"type": "list", "items": 2}),
        ({"a": 1}, {"type": "dict", "items": 1}),
        (7, {"type": "int"}),
    ],
)
def test_a_result_is_measured_and_not_kept(gate: Gate, log: Kept, result: object, expected: dict[str, object]) -> None:
    with gate.execution(READ) as execution:
        execution.result = result
    assert log.records[1].result_metadata == expected


def test_a_run_in_an_event_loop_is_cancelled_at_its_time(gate: Gate, log: Kept) -> None:
    async def run() -> None:
        async with gate.aexecution(SLOW) as execution:
            await asyncio.sleep(60)
            execution.result = "too late"

    with pytest.raises(Overrun):
        asyncio.run(run())
    gate.close()
    assert log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "TIMEOUT")]


def test_a_run_that_resists_its_cancellation_is_withheld_too(gate: Gate, log: Kept) -> None:
    async def run() -> None:
        async with gate.aexecution(SLOW):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                await asyncio.sleep(0.1)

    with pytest.raises(Overrun):
        asyncio.run(run())
    gate.close()
    assert log.events()[1] == ("outcome", "ALLOW", "TIMEOUT")


def test_a_run_that_blocks_the_event_loop_is_withheld_too(gate: Gate, log: Kept) -> None:
    async def run() -> None:
        async with gate.aexecution(SLOW):
            time.sleep(1.05)  # noqa: ASYNC251 (what this test is about)

    with pytest.raises(Overrun):
        asyncio.run(run())
    gate.close()
    assert log.events()[1] == ("outcome", "ALLOW", "TIMEOUT")


def test_a_tools_own_timeout_is_an_error_of_the_tool(gate: Gate, log: Kept) -> None:
    async def run() -> None:
        async with gate.aexecution(SLOW):
            raise TimeoutError("the database")

    with pytest.raises(TimeoutError, match="the database"):
        asyncio.run(run())
    gate.close()
    assert (log.records[1].status, log.records[1].error) == ("ERROR", "TimeoutError: the database")


def test_a_caller_that_goes_away_leaves_an_outcome(gate: Gate, log: Kept) -> None:
    async def run() -> None:
        async with gate.aexecution(READ):
            await asyncio.sleep(60)

    async def main() -> None:
        running = asyncio.create_task(run())
        while len(log.records) < 1:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.05)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running

    asyncio.run(main())
    gate.close()
    assert (log.records[1].status, log.records[1].error) == ("ERROR", "CancelledError")
