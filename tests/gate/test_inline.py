"""A gate whose decisions the event loop makes itself."""

import asyncio
import threading

import pytest

from mcp_opa.gate import Denied, Gate
from mcp_opa.model import Cause
from mcp_opa.pdp.embedded import EmbeddedOpa
from tests.gate.conftest import READ, REFUSED, Kept


def test_it_decides_and_records_without_a_thread(engine: EmbeddedOpa, log: Kept) -> None:
    gate = Gate(engine, audit=log, inline=True)

    async def both() -> tuple[bool, bool]:
        async with gate.aexecution(READ) as execution:
            execution.result = "a page"
        return bool(await gate.adecide(READ)), bool(await gate.adecide(REFUSED))

    assert asyncio.run(both()) == (True, False)
    assert log.events()[:2] == [("decision", "ALLOW", None), ("outcome", "ALLOW", "SUCCESS")]
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith("mcp-opa_")] == []
    gate.close()


def test_what_cannot_be_recorded_is_refused_or_withheld(engine: EmbeddedOpa, log: Kept) -> None:
    gate = Gate(engine, audit=log, inline=True)

    async def failing() -> None:
        async with gate.aexecution(READ):
            log.failing = OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        asyncio.run(failing())
    with pytest.raises(Denied) as denied:
        asyncio.run(gate.aenforce(READ))
    assert denied.value.decision.cause is Cause.AUDIT
