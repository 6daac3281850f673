"""Requests that wait on one connection: for an answer, for a while, or in vain."""

import asyncio

import anyio
import pytest

from mcp_opa.pep.exchange import Exchange, Turn
from mcp_opa.pep.message import Answer, Message, Notification, Request, Result
from mcp_opa.pep.relay import Lost

SILENCE = 0.2


class Wire:
    """A connection that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[Message] = []
        self.posted: list[Message] = []
        self.exchange = Exchange(self._send, self.posted.append, silence_seconds=SILENCE)

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    async def request(self, id_: int) -> Answer:
        unsent = asyncio.Semaphore(1)
        await unsent.acquire()
        return await self.exchange.request(Request(id_, "tools/call", {}), Turn(self.exchange, unsent))


def test_a_server_that_says_nothing_is_told_to_stop_and_the_caller_that_there_is_no_answer() -> None:
    wire = Wire()

    async def main() -> None:
        with pytest.raises(Lost, match=r"said nothing for 0\.2 s"):
            await wire.request(1)

    anyio.run(main)
    assert [type(message) for message in wire.posted] == [Notification]
    assert wire.posted[0].params["requestId"] == 1  # type: ignore[union-attr, index]
    assert 1 in wire.exchange, "its late answer is nobody else's"


def test_a_server_that_says_anything_is_waited_for() -> None:
    wire = Wire()

    async def main() -> Answer:
        found: list[Answer] = []

        async def ask() -> None:
            found.append(await wire.request(1))

        async with anyio.create_task_group() as tasks:
            tasks.start_soon(ask)
            for _ in range(8):
                await anyio.sleep(SILENCE / 4)
                wire.exchange.hear()
            wire.exchange.answered(Result(1, {"ok": True}))
        return found[0]

    assert anyio.run(main) == Result(1, {"ok": True})
    assert wire.posted == []


def test_silence_while_nobody_waits_is_none() -> None:
    wire = Wire()

    async def main() -> None:
        await anyio.sleep(SILENCE * 1.5)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wire.request, 1)
            await anyio.sleep(SILENCE / 4)
            wire.exchange.answered(Result(1, {}))

    anyio.run(main)
    assert wire.posted == []


@pytest.mark.parametrize("first", ["answer", "cancel"])
def test_an_answer_that_comes_as_its_request_is_cancelled_frees_the_id(first: str) -> None:
    wire = Wire()

    async def main() -> None:
        asking = asyncio.create_task(wire.request(1))
        await anyio.sleep(0.01)
        if first == "cancel":
            asking.cancel()
        wire.exchange.answered(Result(1, {}))
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking

    anyio.run(main)
    assert 1 not in wire.exchange
    assert wire.posted == [], "the server has answered, and is told nothing"


def test_a_second_answer_is_nobodys() -> None:
    wire = Wire()

    async def main() -> Answer:
        asking = asyncio.create_task(wire.request(1))
        await anyio.sleep(0.01)
        for number in (1, 2):
            wire.exchange.answered(Result(1, {"number": number}))
        return await asking

    assert anyio.run(main) == Result(1, {"number": 1})
