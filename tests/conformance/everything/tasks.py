"""The tasks extension: tools whose calls go on after their answer, and the requests that speak of them (SEP-2663).

The SDK knows the extension's frame alone: a result of a type of its own, and methods that a server adds.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError
from mcp_types import (
    HEADER_MISMATCH,
    INTERNAL_ERROR,
    INVALID_PARAMS,
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolRequestParams,
    CallToolResult,
    ElicitRequest,
    ElicitResult,
    RequestParams,
)

from tests.conformance.everything import rounds
from tests.conformance.everything.contents import text

EXTENSION = "io.modelcontextprotocol/tasks"
POLL_MS = 100
KEPT_MS = 60_000
Context = ServerRequestContext[Any]
Arguments = dict[str, Any]
Shape = dict[str, Any]


class OfTask(RequestParams):
    """What every request that speaks of a task has."""

    task_id: str


class Update(OfTask):
    """Answers to what a task asks."""

    input_responses: dict[str, Any]


@dataclass
class Task:
    """A call that goes on."""

    id: str = field(default_factory=lambda: secrets.token_hex(8))
    status: str = "working"
    more: Shape = field(default_factory=dict)
    """The result, or the error."""
    asked: dict[str, ElicitRequest] = field(default_factory=dict)
    answers: Shape = field(default_factory=dict)
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    made: str = field(default_factory=lambda: datetime.now(UTC).isoformat())
    running: asyncio.Task[None] | None = None

    async def ask(self, requests: dict[str, ElicitRequest]) -> Shape:
        """The client's answers, once it has given all of them."""
        self.status, self.asked = "input_required", requests
        await self.answered.wait()
        self.status = "working"
        return self.answers

    def answer(self, given: Shape) -> None:
        """Take those answers that were asked for."""
        self.answers |= {key: given[key] for key in self.asked.keys() & given.keys()}
        self.asked = {key: asked for key, asked in self.asked.items() if key not in given}
        if self.answers and not self.asked:
            self.answered.set()

    def shown(self) -> Shape:
        """The task, as the extension writes it."""
        now = datetime.now(UTC).isoformat()
        times = {"createdAt": self.made, "lastUpdatedAt": now, "ttlMs": KEPT_MS, "pollIntervalMs": POLL_MS}
        return {"taskId": self.id, "status": self.status, **times}

    def detailed(self) -> Shape:
        """The same with what it came to, or waits for."""
        wanted = {
            key: asked.model_dump(by_alias=True, mode="json", exclude_none=True) for key, asked in self.asked.items()
        }
        return {**self.shown(), **self.more, **({"inputRequests": wanted} if wanted else {})}


Work = Callable[[Task, Arguments], Awaitable[CallToolResult]]


async def _computes(_: Task, given: Arguments) -> CallToolResult:
    await asyncio.sleep(given["seconds"])
    return rounds.done(f"Computed {given.get('label')}.")


async def _fails(_: Task, __: Arguments) -> CallToolResult:
    return CallToolResult(content=[text("This job intentionally fails")], is_error=True)


async def _breaks(_: Task, __: Arguments) -> CallToolResult:
    raise MCPError(INTERNAL_ERROR, "This job intentionally breaks")


async def _confirms(task: Task, given: Arguments) -> CallToolResult:
    answers = await task.ask({"confirm": rounds.form(f"Delete {given['filename']}?", "confirm", "boolean")})
    return rounds.done(f"Answered: {sorted(answers)}")


async def _asks_twice(task: Task, _: Arguments) -> CallToolResult:
    answers = await task.ask({key: rounds.form(f"The {key} name?", "name") for key in ("first", "second")})
    return rounds.done(f"Answered: {sorted(answers)}")


async def _greets(_: Task, given: Arguments) -> CallToolResult:
    return rounds.done(f"Hello, {given['user']}!")


class Tasks:
    """The tasks of one server."""

    def __init__(self) -> None:
        self._tasks: dict[str, Task] = {}

    def serve(self, server: Server[Any]) -> None:
        """Add the extension to a server."""
        server.extensions[EXTENSION] = {}
        server.add_request_handler("tasks/get", OfTask, self._get)
        server.add_request_handler("tasks/update", Update, self._update)
        server.add_request_handler("tasks/cancel", OfTask, self._cancel)

    def tool(self, work: Work, *, needs_tasks: bool = False) -> Callable[..., Awaitable[HandlerResult]]:
        """A tool that makes a task for clients who take one, and else waits, or is an error."""

        async def run(context: Context, call: CallToolRequestParams) -> HandlerResult:
            if not needs_tasks and not _declared(context):
                return await work(Task(), call.arguments or {})
            _check(context)
            return self._begin(work, call.arguments or {})

        return run

    async def named(self, context: Context, call: CallToolRequestParams) -> HandlerResult:
        """A tool that first asks, and makes a task of the answer."""
        _check(context)
        given = (call.input_responses or {}).get("user_name")
        if not isinstance(given, ElicitResult):
            return rounds.ask({"user_name": rounds.form("What is your name?", "name")})
        return self._begin(_greets, {"user": (given.content or {}).get("name")})

    def _begin(self, work: Work, arguments: Arguments) -> Shape:
        task = Task()
        self._tasks[task.id] = task
        task.running = asyncio.create_task(_run(task, work, arguments))
        return {"resultType": "task", **task.shown()}

    async def _get(self, context: Context, asked: OfTask) -> HandlerResult:
        return self._find(context, asked).detailed()

    async def _update(self, context: Context, asked: Update) -> HandlerResult:
        self._find(context, asked).answer(asked.input_responses)
        return {}

    async def _cancel(self, context: Context, asked: OfTask) -> HandlerResult:
        task = self._find(context, asked)
        if task.running is not None and not task.running.done():
            task.running.cancel()
            task.status, task.asked = "cancelled", {}
        return {}

    def _find(self, context: Context, asked: OfTask) -> Task:
        _check(context)
        shown = getattr(context.request, "headers", {}).get("mcp-name", asked.task_id)
        if shown != asked.task_id:
            raise MCPError(HEADER_MISMATCH, "the header Mcp-Name is not the task in the body")
        if found := self._tasks.get(asked.task_id):
            return found
        raise MCPError(INVALID_PARAMS, "Task not found")


async def _run(task: Task, work: Work, arguments: Arguments) -> None:
    try:
        result = await work(task, arguments)
        task.status = "completed"
        task.more = {"result": result.model_dump(by_alias=True, mode="json", exclude_none=True)}
    except MCPError as error:
        task.status, task.more = "failed", {"error": error.error.model_dump(by_alias=True, exclude_none=True)}


def _declared(context: Context) -> bool:
    can = context.session.client_capabilities
    return can is not None and EXTENSION in (can.extensions or {})


def _check(context: Context) -> None:
    if not _declared(context):
        wanted: Shape = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "The client must declare the tasks extension", wanted)


def tools(tasks: Tasks) -> dict[str, tuple[str, Callable[..., Awaitable[HandlerResult]], dict[str, str]]]:
    """Of each tool what it says of itself, what runs, and its arguments."""
    return {
        "slow_compute": ("Takes its time", tasks.tool(_computes), {"seconds": "number", "label": "string"}),
        "failing_job": ("Fails", tasks.tool(_fails, needs_tasks=True), {}),
        "protocol_error_job": ("Breaks", tasks.tool(_breaks, needs_tasks=True), {}),
        "confirm_delete": ("Asks", tasks.tool(_confirms, needs_tasks=True), {"filename": "string"}),
        "multi_input": ("Asks for two things", tasks.tool(_asks_twice, needs_tasks=True), {}),
        "test_tool_with_task": ("Asks, then makes a task", tasks.named, {}),
    }
