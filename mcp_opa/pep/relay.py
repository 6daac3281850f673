"""The transparent relay: each request of a client gets one answer, through the gate or past it, whatever the transport.

Guarantees: what the policy has a word on is decided and recorded before it is sent, and sent as it was decided; lists
show what the caller may see; what no table of `methods` names does not pass. What passes is not changed. It reads no
bytes and holds no connection: an `Upstream` does.
"""

from __future__ import annotations

import itertools
import secrets
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol

from mcp_opa import contract
from mcp_opa.gate import Denied, Gate, Overrun
from mcp_opa.model import Cause, Json, Subject, ToolCall
from mcp_opa.pep import answers, methods, outcome
from mcp_opa.pep.catalogue import Catalogue
from mcp_opa.pep.message import Answer, Failure, Message, Notification, Odd, Params, Request, Result, failure
from mcp_opa.pep.tasks import Tasks


class Lost(Exception):
    """There will be no answer of the server's; the message says why, for client and record."""


class Upstream(Protocol):
    """The way to the server, for one request of a client's and the relay's own beside it."""

    async def request(self, request: Request) -> Answer:
        """The server's answer. Raises `Lost`. If it is cancelled, the server is told that nobody waits any more."""
        ...


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as an authenticator proved it, and from where, for the record."""

    subject: Subject
    session_id: str = ""
    source_ip: str = ""


class Relay:
    """Stands before one server, for one event loop."""

    def __init__(self, gate: Gate, *, server_id: str | None = None, catalogue: Catalogue | None = None) -> None:
        self._gate = gate
        self._server_id = server_id
        self._catalogue = catalogue or Catalogue()
        self._tasks = Tasks()
        self._ids = (f"mcp-opa-{secrets.token_hex(8)}-{number}" for number in itertools.count())

    async def answer(self, request: Request, caller: Caller, upstream: Upstream) -> Answer:
        """The answer to a client's request. Raises nothing but cancellation."""
        try:
            return await self._answer(request, caller, upstream)
        except methods.Unreadable as error:
            self._refuse(request, caller, str(error))
            return answers.unreadable(request, str(error))
        except Denied as denied:
            return answers.refused(request, denied.message)
        except outcome.Failed as failed:
            return failed.answer
        except Lost as lost:
            return answers.broken(request, str(lost))
        except Exception as error:  # noqa: BLE001 (the record of an outcome failed, or a fault of ours: no result)
            return answers.broken(request, f"The answer is withheld: {type(error).__name__}.")

    def passes(self, notification: Notification, caller: Caller) -> bool:
        """Whether a client's notification may go to the server."""
        known = notification.method in methods.CLIENT_NOTIFICATIONS
        if not known:
            self._refuse(notification, caller, "the notification is none that passes")
        return known

    def odd(self, error: Odd, caller: Caller) -> Failure:
        """What a client is answered to bytes that are no message."""
        call = ToolCall(caller.subject, "", method="", session_id=caller.session_id, source_ip=caller.source_ip)
        self._gate.refuse(call, Cause.MALFORMED, str(error))
        return failure(error.id, error.code, str(error))

    def heard(self, message: Message) -> bool:
        """Whether what the server says unasked may go to the client."""
        if isinstance(message, Notification):
            if message.method == "notifications/tools/list_changed":
                self._catalogue.expire()
            return message.method.startswith("notifications/")
        return isinstance(message, Request) and message.method in methods.SERVER_REQUESTS

    async def _answer(self, request: Request, caller: Caller, upstream: Upstream) -> Answer:
        methods.check_spelling(request.params or {})
        match route := methods.from_client(request.method, sessions=not methods.stateless(request)):
            case methods.Passed():
                return await upstream.request(request)
            case methods.Decided():
                return await self._decided(request, route, caller, upstream)
            case methods.Listed():
                return await self._listed(request, route, caller, upstream)
            case methods.Listening():
                return await self._listening(request, caller, upstream)
            case methods.OfTask():
                return await self._of_task(request, caller, upstream)
            case methods.Tasks():
                return await self._own_tasks(request, caller, upstream)
            case None:
                self._refuse(request, caller, "the method is none that passes")
                return answers.no_method(request)

    async def _decided(self, request: Request, route: methods.Decided, caller: Caller, upstream: Upstream) -> Answer:
        name, arguments = route.read(request.params or {})
        schema = None
        if request.method == "tools/call":
            schema = await self._catalogue.schema(name, partial(self._ask, "tools/list", request, upstream))
        call = self._call(request, caller, name, arguments, schema)
        try:
            return await self._run(request, call, upstream)
        except Denied as denied:
            return await self._denied(request, call, denied)
        except Overrun as overrun:
            return answers.refused(request, overrun.message)

    async def _run(self, request: Request, call: ToolCall, upstream: Upstream) -> Answer:
        """Send a call if it is allowed, and record what came of it."""
        async with self._gate.aexecution(call) as execution:
            answer = await upstream.request(request)
            task = self._tasks.made(outcome.noted(answer, execution), call.subject)
            if task is not None and execution.decision.obligations.timeout_seconds is not None:
                await self._ask("tasks/cancel", request, upstream, {"taskId": task})
                raise Lost("The server made a task of a call whose time the policy limits; the task is cancelled.")
        if isinstance(answer, Result) and "cacheScope" in answer.result:  # what one may read is shared with nobody
            return replace(answer, result={**answer.result, "cacheScope": "private"})
        return answer

    async def _denied(self, request: Request, call: ToolCall, denied: Denied) -> Answer:
        """A refusal, or, of what the caller can't see or the server doesn't have, the answer that it isn't there."""
        if denied.decision.cause is not Cause.POLICY:
            return answers.refused(request, denied.message)
        if call.method == "tools/call" and not self._catalogue.lists(call.name):
            return answers.unknown(request, call.name)
        method, resource = methods.catalogued(call.method, call.name)
        try:
            seen = await self._gate.avisible(call.subject, method, self._server_id, [resource])
        except (contract.Fault, contract.Unsendable):
            return answers.refused(request, denied.message)
        return answers.refused(request, denied.message) if seen == [True] else answers.unknown(request, call.name)

    async def _listed(self, request: Request, route: methods.Listed, caller: Caller, upstream: Upstream) -> Answer:
        answer = await upstream.request(request)
        if isinstance(answer, Failure):
            return answer
        entries = answer.result.get(route.entries)
        if type(entries) is not list:
            raise Lost(f"The server's answer has no list of {route.entries}.")
        if route.type == "tool":
            self._catalogue.observe(entries)
        result = {**answer.result, route.entries: await self._seen(request, route, caller, entries)}
        return replace(answer, result={**result, "cacheScope": "private"} if methods.stateless(request) else result)

    async def _seen(self, request: Request, route: methods.Listed, caller: Caller, entries: list[Json]) -> list[Json]:
        """The entries that the caller may see. Raises `Denied` if that can't be told."""
        named = [entry for entry in entries if type(entry) is dict and type(entry.get(route.named)) is str]
        resources = [contract.Resource(route.type, entry[route.named]) for entry in named]
        try:
            visible = await self._gate.avisible(caller.subject, request.method, self._server_id, resources)
        except contract.Fault as fault:
            raise self._refuse(request, caller, fault.detail, fault.cause) from fault
        except contract.Unsendable as error:
            raise self._refuse(request, caller, str(error), Cause.UNSENDABLE) from error
        return [entry for entry, seen in zip(named, visible, strict=True) if seen]

    async def _listening(self, request: Request, caller: Caller, upstream: Upstream) -> Answer:
        uris, tasks = methods.listened(request.params or {})
        if not all(self._tasks.owned(task, caller.subject) for task in tasks):
            return self._no_task(request, caller)
        for uri in uris:
            subscribing = replace(request, method="resources/subscribe")
            call = self._call(subscribing, caller, uri, {}, None)
            try:
                await self._gate.aenforce(call)
            except Denied as denied:
                return await self._denied(subscribing, call, denied)
        return await upstream.request(request)

    async def _of_task(self, request: Request, caller: Caller, upstream: Upstream) -> Answer:
        if self._tasks.owned((request.params or {}).get("taskId"), caller.subject):
            return await upstream.request(request)
        return self._no_task(request, caller)

    async def _own_tasks(self, request: Request, caller: Caller, upstream: Upstream) -> Answer:
        answer = await upstream.request(request)
        if isinstance(answer, Failure):
            return answer
        if type(listed := answer.result.get("tasks")) is not list:
            raise Lost("The server's answer has no list of tasks.")
        return replace(answer, result={**answer.result, "tasks": self._tasks.of(caller.subject, listed)})

    def _no_task(self, request: Request, caller: Caller) -> Failure:
        self._refuse(request, caller, "the task is none that this caller made")
        return answers.no_task(request)

    async def _ask(self, method: str, client: Request, upstream: Upstream, params: Params) -> Answer:
        """A request of the relay's own, in the era of the client's."""
        era = methods.era(client)
        return await upstream.request(Request(next(self._ids), method, {**params, "_meta": era} if era else params))

    def _call(self, request: Request, caller: Caller, name: str, arguments: Json, schema: Json) -> ToolCall:
        trace = methods.meta(request).get("traceparent")
        return ToolCall(
            caller.subject,
            name,
            arguments,
            request.method,
            self._server_id,
            schema,
            correlation_id=trace if type(trace) is str and len(trace) <= methods.LONGEST_TRACE else "",
            session_id=caller.session_id,
            source_ip=caller.source_ip,
        )

    def _refuse(
        self, asked: Request | Notification, caller: Caller, why: str, cause: Cause = Cause.MALFORMED
    ) -> Denied:
        """A refusal for a reason that lies before the policy, recorded."""
        request = asked if isinstance(asked, Request) else Request(0, asked.method, asked.params)
        return Denied(self._gate.refuse(self._call(request, caller, "", {}, None), cause, why))
