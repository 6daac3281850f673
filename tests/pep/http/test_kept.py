"""What is kept for clients who come back: so much for each caller, and never at the cost of another's."""

from __future__ import annotations

import pytest
from starlette.responses import Response

from mcp_opa.model import Json, Subject
from mcp_opa.pep.http import kept
from mcp_opa.pep.http.kept import BESIDE, Shelf
from mcp_opa.pep.http.sessions import Sessions
from tests.pep.http.conftest import KEYS, Standing, Upstream, World, calling, result, stream
from tests.pep.http.test_streams import DONE, PRIMED, answer

pytestmark = pytest.mark.anyio


async def test_what_one_keeps_pushes_out_its_own_oldest_and_nothing_of_others(
    world: Standing, upstream: Upstream, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "MOST_OF_ONE", 4 * (BESIDE + 200))
    upstream.answers["GET"] = stream(answer(7, DONE["result"]))

    async def called(up: World, actor: str, session: str, event: str) -> None:
        primed = f"id: {event}\r\ndata: \r\n\r\n".encode()
        upstream.answers["tools/call"] = stream(primed, DONE)
        async with up.listening(calling("slow"), actor, mcp_session_id=session) as (_, events):
            assert len([event async for event in events]) == 2

    async def resumed(up: World, actor: str, session: str, event: str) -> Json:
        async with up.listening(None, actor, mcp_session_id=session, last_event_id=event) as (response, events):
            return [event["data"] async for event in events] if response.status_code == 200 else response.status_code

    again = [{"jsonrpc": "2.0", "id": 7, **DONE}]
    async with world() as up:
        sessions = {}
        for name in ("first", "second", "others"):
            upstream.answers["initialize"] = result({}, **{"mcp-session-id": name})
            sessions[name] = await up.begin("other" if name == "others" else "agent")
        await called(up, "other", "others", "o1")
        await called(up, "agent", "first", "f1")
        assert await resumed(up, "agent", "first", "f1") == again
        for number in range(9):
            await called(up, "agent", "second", f"s{number}")
        assert await resumed(up, "agent", "first", "f1") == 400
        assert await resumed(up, "agent", "second", "s8") == again
        assert await resumed(up, "other", "others", "o1") == again


def test_a_shelf_holds_so_much_of_one_and_of_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_OF_ONE", 3 * (BESIDE + 10))
    monkeypatch.setattr(kept, "MOST", 5 * (BESIDE + 10))
    shelf: Shelf[int] = Shelf()
    mine, too, others, third = ("a", "1"), ("a", "2"), ("b", "1"), ("c", "1")

    def held() -> list[tuple[str, str, int]]:
        every = [(of, name) for of in (mine, too, others, third) for name in range(9)]
        return [(*of, value) for of, name in every if (value := shelf.get(of, name)) is not None]

    for number in range(4):
        shelf.put(mine if number < 2 else too, number, number, 10)
    assert held() == [("a", "1", 1), ("a", "2", 2), ("a", "2", 3)]
    shelf.put(others, 0, 0, 10)
    shelf.put(third, 0, 0, 10)
    shelf.put(third, 1, 1, 10)
    assert held() == [("a", "2", 2), ("a", "2", 3), ("b", "1", 0), ("c", "1", 0), ("c", "1", 1)]
    shelf.put(third, 1, 5, 10)
    shelf.put(others, 1, 1, 4 * BESIDE)
    assert held() == [("a", "2", 2), ("a", "2", 3), ("c", "1", 0), ("c", "1", 5)]
    shelf.drop(too)
    for number in range(3):
        shelf.put(others, number, number, 10)
    assert held() == [*(("b", "1", number) for number in range(3)), ("c", "1", 0), ("c", "1", 5)]


async def test_a_session_that_has_ended_keeps_nothing(world: Standing, upstream: Upstream) -> None:
    upstream.answers["DELETE"] = lambda _: Response(status_code=204)
    upstream.answers["tools/call"] = stream(PRIMED, DONE)
    upstream.answers["GET"] = stream(answer(7, DONE["result"]))
    async with world() as up:
        for ended in (False, True):
            session = await up.begin()
            if not ended:
                await up.call(mcp_session_id=session)
            async with up.listening(mcp_session_id=session, last_event_id="p1") as (response, _):
                assert response.status_code == (400 if ended else 200)
            headers = {"x-api-key": KEYS["agent"], "mcp-session-id": session}
            assert (await up.client.delete("/mcp", headers=headers)).status_code == 204


async def test_what_a_stream_of_an_ended_session_still_gets_pushes_out_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MOST_OF_ONE", 4 * (BESIDE + 200))
    sessions, agent = Sessions(), Subject("agent")
    ended, other = sessions.open("ended", agent), sessions.open("other", agent)
    assert ended is not None
    assert other is not None
    other.sent("first", 1)
    sessions.close("ended")
    for number in range(10):
        ended.sent(f"late {number}", 1)
    assert other.knows("first")
