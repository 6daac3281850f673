"""The gateway over stdio: one client on this process's pipes, one server as a child of it.

Guarantees: what passes between them passed the relay. A client's id that is in use is refused, an answer that nobody
asked for is dropped, in either direction. Neither side can make messages pile up here. When the server ends, what
waits for it is answered; when the client leaves, the server is told so and has a moment to finish.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from contextlib import suppress

import anyio
import anyio.lowlevel
from anyio.abc import TaskGroup

from mcp_opa.model import Json, Subject
from mcp_opa.pep import message
from mcp_opa.pep.child import Child
from mcp_opa.pep.exchange import Exchange, Turn
from mcp_opa.pep.message import Answer, Bounds, Failure, Id, Message, Notification, Odd, Request, Result
from mcp_opa.pep.pipes import Input, Output, lines
from mcp_opa.pep.relay import Caller, Relay

GRACE_SECONDS = 5.0
"""How long the server may take to finish when the client has said all that it had to say."""
AGAIN_SECONDS = 1.0
"""After this time what is still served is told again to end: a record that failed may have come between."""
MOST_UNSENT = 64
"""Requests of the client's that are being decided, or that the server is yet to read; past that the client waits."""
MOST_PENDING = 1024
"""Requests that wait for an answer, in either direction; more are refused."""
_log = logging.getLogger(__name__)


class Session:
    """One client and one server."""

    def __init__(self, relay: Relay, subject: Subject, child: Child, client: tuple[int, int] = (0, 1)) -> None:
        """`client`: the file descriptors to read the client from, and to write to it."""
        self._relay = relay
        self._caller = Caller(subject, session_id=secrets.token_hex(16))
        self._child = child
        self._input, self._output = Input(client[0]), Output(client[1])
        self._exchange = Exchange(self._to_server, self._post)
        self._turns: dict[Id, Turn] = {}
        self._asked: set[Id] = set()
        self._unsent = asyncio.Semaphore(MOST_UNSENT)
        self._tasks: TaskGroup
        self._posting = 0
        self._left = False

    async def run(self) -> bool:
        """Relay until one side ends; whether it was the client."""
        async with anyio.create_task_group() as self._tasks:
            try:
                await self._hearing()
            finally:
                with anyio.CancelScope(shield=True):
                    await self._stop()
            self._tasks.cancel_scope.cancel()
        return self._left

    async def _hearing(self) -> None:
        """Hear both sides until one has ended, and what the server still said is passed on."""
        async with anyio.create_task_group() as hearing:
            hearing.start_soon(self._client)
            await self._from_server()
            self._exchange.end()
            with anyio.move_on_after(GRACE_SECONDS):
                while self._turns:
                    await next(iter(self._turns.values())).over.wait()
            hearing.cancel_scope.cancel()

    async def _stop(self) -> None:
        """End what is still served."""
        self._input.close()
        serving = {turn.task for turn in self._turns.values() if turn.task is not None}
        while serving:
            for task in serving:
                task.cancel()
            _, serving = await asyncio.wait(serving, timeout=AGAIN_SECONDS)

    async def _client(self) -> None:
        async for line in lines(self._input.receive, message.FROM_CLIENT.max_bytes):
            await self._client_says(line)
        self._left = True
        with anyio.move_on_after(GRACE_SECONDS):
            for _ in range(MOST_UNSENT):
                await self._unsent.acquire()
            self._child.finish()
            await anyio.sleep_forever()
        self._tasks.cancel_scope.cancel()

    async def _client_says(self, line: bytes | None) -> None:
        try:
            said = _read(line, message.FROM_CLIENT)
            match said:
                case Request():
                    await self._begin(said)
                case Notification("notifications/cancelled"):
                    self._cancel(said)
                case Notification():
                    if self._relay.passes(said, self._caller):
                        await self._to_server(said)
                case Result() | Failure():
                    await self._reply(said)
        except Odd as odd:
            await self._to_client(self._relay.odd(odd, self._caller))
        except OSError:
            _log.warning("the server reads no more")

    async def _begin(self, request: Request) -> None:
        """Serve a request in a task of its own, which has sent what needs no decision when this returns."""
        if request.id in self._turns or request.id in self._exchange:
            raise Odd(message.INVALID_REQUEST, f"the id {request.id!r} is in use")
        if len(self._turns) >= MOST_PENDING:
            raise Odd(message.INVALID_REQUEST, f"{MOST_PENDING} requests wait for an answer", request.id)
        await self._unsent.acquire()
        turn = self._turns[request.id] = Turn(self._exchange, self._unsent)
        turn.task = asyncio.create_task(self._serve(request, turn))  # the group's own tasks take three times as long
        await anyio.lowlevel.checkpoint()

    async def _serve(self, request: Request, turn: Turn) -> None:
        try:
            await self._to_client(await self._relay.answer(request, self._caller, turn))
        except Exception as error:  # noqa: BLE001 (a fault of ours: it ends the session as one of the group's would)
            self._tasks.start_soon(_raised, error)
        finally:
            del self._turns[request.id]
            turn.end()

    def _cancel(self, notification: Notification) -> None:
        """The client's wait is over: what is not sent yet is not sent, and else the server is told in its words."""
        id_ = (notification.params or {}).get("requestId")
        if isinstance(id_, str | int) and (turn := self._turns.get(id_)):
            self._exchange.cancelled(id_, notification)
            if turn.task is not None:
                turn.task.cancel()

    async def _reply(self, answer: Answer) -> None:
        """Pass what the client answers to the server, if the server asked."""
        if answer.id is None or answer.id not in self._asked:
            _log.warning("the client answers what it was not asked; dropped")
            return
        self._asked.remove(answer.id)
        await self._to_server(answer)

    async def _from_server(self) -> None:
        async for line in lines(self._child.receive, message.FROM_SERVER.max_bytes):
            self._exchange.hear()
            try:
                said = _read(line, message.FROM_SERVER)
            except Odd as odd:
                self._unusable(odd, line)
                continue
            if isinstance(said, Result | Failure):
                await self._answered(said)
            else:
                await self._server_says(said)

    def _unusable(self, odd: Odd, line: bytes | None) -> None:
        """What the server said can't be passed; who waits for it learns that."""
        _log.warning("the server says what is no message, which is dropped: %s", odd)
        if line is None or odd.id is not None:
            self._exchange.fail(f"The server's answer can't be used: {odd}", odd.id)

    async def _answered(self, answer: Answer) -> None:
        """Give an answer to who waits for it, and wait until it is passed on: what the server says next comes after."""
        turn = self._exchange.answered(answer)
        if turn is not None:
            await turn.over.wait()

    async def _server_says(self, said: Request | Notification) -> None:
        passes = self._relay.heard(said)
        if isinstance(said, Request):
            passes = passes and said.id not in self._asked and len(self._asked) < MOST_PENDING
            if passes:
                self._asked.add(said.id)
            else:
                self._post(message.failure(said.id, message.METHOD_NOT_FOUND, "Method not found, or too many wait"))
        elif said.method == "notifications/cancelled":
            self._taken_back((said.params or {}).get("requestId"))
        if passes:
            await self._to_client(said)

    def _taken_back(self, id_: Json) -> None:
        """The server wants no answer to its request any more."""
        if isinstance(id_, str | int):
            self._asked.discard(id_)

    async def _to_client(self, said: Message) -> None:
        try:
            await self._output.send(message.encode(said))
        except OSError:
            self._left = True
            self._tasks.cancel_scope.cancel()

    async def _to_server(self, said: Message) -> None:
        await self._child.send(message.encode(said))

    def _post(self, said: Message) -> None:
        """Send to the server, without waiting until it reads; nothing, if it leaves too much unread."""
        if self._posting < MOST_PENDING:
            self._posting += 1
            self._tasks.start_soon(self._posted, said)

    async def _posted(self, said: Message) -> None:
        try:
            with suppress(OSError):
                await self._to_server(said)
        finally:
            self._posting -= 1


async def _raised(error: Exception) -> None:
    raise error


def _read(line: bytes | None, bounds: Bounds) -> Message:
    if line is None:
        raise Odd(message.INVALID_REQUEST, f"a message has more than {bounds.max_bytes} bytes")
    return message.parse(line, bounds)
