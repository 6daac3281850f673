"""Tools and a prompt that need the client's answers before they can end (2026-07-28)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    CreateMessageRequest,
    CreateMessageRequestParams,
    CreateMessageResult,
    ElicitRequest,
    ElicitRequestFormParams,
    ElicitResult,
    GetPromptRequestParams,
    GetPromptResult,
    InputRequest,
    InputRequiredResult,
    ListRootsRequest,
    ListRootsResult,
    SamplingMessage,
)

from tests.conformance.everything.contents import said, text

Call = CallToolRequestParams
Answered = CallToolResult | InputRequiredResult


def form(message: str, field: str, kind: str = "string") -> ElicitRequest:
    schema: dict[str, Any] = {"type": "object", "properties": {field: {"type": kind}}, "required": [field]}
    return ElicitRequest(params=ElicitRequestFormParams(message=message, requested_schema=schema))


def sample(question: str, most: int) -> CreateMessageRequest:
    message = SamplingMessage(role="user", content=text(question))
    return CreateMessageRequest(params=CreateMessageRequestParams(messages=[message], max_tokens=most))


def done(words: str) -> CallToolResult:
    return CallToolResult(content=[text(words)])


def ask(requests: dict[str, InputRequest], state: str | None = None) -> InputRequiredResult:
    return InputRequiredResult(input_requests=requests, request_state=state)


async def elicitation(_: ServerRequestContext[Any], call: Call) -> Answered:
    given = (call.input_responses or {}).get("user_name")
    if isinstance(given, ElicitResult):
        return done(f"Hello, {(given.content or {}).get('name')}!")
    return ask({"user_name": form("What is your name?", "name")})


async def sampling(_: ServerRequestContext[Any], call: Call) -> Answered:
    given = (call.input_responses or {}).get("capital_question")
    if isinstance(given, CreateMessageResult):
        return done(f"The model says: {getattr(given.content, 'text', '')}")
    return ask({"capital_question": sample("What is the capital of France?", 100)})


async def roots(_: ServerRequestContext[Any], call: Call) -> Answered:
    given = (call.input_responses or {}).get("client_roots")
    if isinstance(given, ListRootsResult):
        return done(f"Roots: {', '.join(str(root.uri) for root in given.roots)}")
    return ask({"client_roots": ListRootsRequest()})


def confirmed(expected: str) -> Callable[[ServerRequestContext[Any], Call], Any]:
    """A tool that asks for a confirmation, and takes it only with the state that it gave out."""

    async def run(_: ServerRequestContext[Any], call: Call) -> Answered:
        if "confirm" not in (call.input_responses or {}):
            return ask({"confirm": form("Please confirm", "ok", "boolean")}, expected)
        if call.request_state != expected:
            raise MCPError(INVALID_PARAMS, "requestState is not what was given out")
        return done("state-ok")

    return run


async def several(_: ServerRequestContext[Any], call: Call) -> Answered:
    if (call.input_responses or {}).keys() >= {"user_name", "greeting", "client_roots"} and call.request_state:
        return done("All three were answered.")
    return ask(
        {
            "user_name": form("What is your name?", "name"),
            "greeting": sample("Generate a greeting", 50),
            "client_roots": ListRootsRequest(),
        },
        "several",
    )


async def rounds(_: ServerRequestContext[Any], call: Call) -> Answered:
    given = call.input_responses or {}
    if call.request_state == "two" and "step2" in given:
        return done("Both steps are done.")
    if call.request_state == "one" and "step1" in given:
        return ask({"step2": form("Step 2: What is your favorite color?", "color")}, "two")
    return ask({"step1": form("Step 1: What is your name?", "name")}, "one")


async def capable(context: ServerRequestContext[Any], call: Call) -> Answered:
    """Asks only for what the client says that it can do."""
    if call.input_responses:
        return done("Answered.")
    can = context.session.client_capabilities
    requests: dict[str, InputRequest] = {}
    if can and can.sampling is not None:
        requests["greeting"] = sample("Generate a greeting", 50)
    if can and can.elicitation is not None:
        requests["user_name"] = form("What is your name?", "name")
    return ask(requests) if requests else done("The client can do neither.")


def context_prompt(asked: GetPromptRequestParams) -> GetPromptResult | InputRequiredResult:
    given = (asked.input_responses or {}).get("user_context")
    if isinstance(given, ElicitResult):
        return said(text(f"Use this context: {(given.content or {}).get('context')}"))
    return ask({"user_context": form("What context should the prompt use?", "context")})
