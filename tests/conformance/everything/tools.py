"""The tools, in one table: what each says of itself and what it does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.server.subscriptions import PromptsListChanged, SubscriptionBus, ToolsListChanged
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    CallToolRequestParams,
    CallToolResult,
    ContentBlock,
    SamplingMessage,
)

from tests.conformance.everything import rounds, schemas, tasks
from tests.conformance.everything.contents import audio, embedded, image, text

Context = ServerRequestContext[Any]
Run = Callable[[Context, CallToolRequestParams], Awaitable[HandlerResult]]
PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Tool:
    """A description, an input schema, and what runs."""

    description: str
    run: Run
    schema: dict[str, Any] = field(default_factory=lambda: {"type": "object"})


def _gives(*contents: ContentBlock) -> Run:
    async def run(_: Context, __: CallToolRequestParams) -> CallToolResult:
        return CallToolResult(content=list(contents))

    return run


async def _fails(_: Context, __: CallToolRequestParams) -> CallToolResult:
    return CallToolResult(content=[text("This tool intentionally returns an error for testing")], is_error=True)


async def _logs(context: Context, _: CallToolRequestParams) -> CallToolResult:
    for words in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await context.session.send_log_message("info", words, related_request_id=context.request_id)
        await asyncio.sleep(PAUSE_SECONDS)
    return rounds.done("Logged three times.")


async def _progresses(context: Context, _: CallToolRequestParams) -> CallToolResult:
    for part in (0, 50, 100):
        await context.session.report_progress(part, 100)
        await asyncio.sleep(PAUSE_SECONDS)
    return rounds.done("Done.")


async def _samples(context: Context, call: CallToolRequestParams) -> CallToolResult:
    message = SamplingMessage(role="user", content=text((call.arguments or {}).get("prompt", "")))
    reply = await context.session.create_message([message], max_tokens=100, related_request_id=context.request_id)
    return rounds.done(f"LLM response: {getattr(reply.content, 'text', '')}")


def _elicits(schema: dict[str, Any]) -> Run:
    async def run(context: Context, call: CallToolRequestParams) -> CallToolResult:
        message = (call.arguments or {}).get("message", "Please answer")
        reply = await context.session.elicit_form(message, schema, related_request_id=context.request_id)
        return rounds.done(f"Elicitation completed: action={reply.action}, content={reply.content}")

    return run


async def _reconnects(context: Context, _: CallToolRequestParams) -> CallToolResult:
    if context.close_sse_stream:
        await context.close_sse_stream()
    await asyncio.sleep(4 * PAUSE_SECONDS)
    return rounds.done("The rest came on another stream.")


async def _wants_sampling(context: Context, _: CallToolRequestParams) -> CallToolResult:
    can = context.session.client_capabilities
    if can is None or can.sampling is None:
        wanted: dict[str, Any] = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "This tool needs sampling", wanted)
    return rounds.done("The client can sample.")


async def _greets(_: Context, call: CallToolRequestParams) -> CallToolResult:
    return rounds.done(f"Hello, {(call.arguments or {}).get('name')}!")


async def _echoes(_: Context, call: CallToolRequestParams) -> CallToolResult:
    return rounds.done(str((call.arguments or {}).get("region")))


def _publishes(bus: SubscriptionBus, event: ToolsListChanged | PromptsListChanged) -> Run:
    async def run(_: Context, __: CallToolRequestParams) -> CallToolResult:
        await bus.publish(event)
        return rounds.done("Published.")

    return run


MIXED = (
    text("Multiple content types test:"),
    image(),
    embedded("test://mixed-content-resource", "application/json", '{"test":"data","value":123}'),
)
INNER = embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")


def table(bus: SubscriptionBus, made: tasks.Tasks) -> dict[str, Tool]:
    """Every tool by name, the simplest first."""
    rounded = {
        "elicitation": rounds.elicitation,
        "sampling": rounds.sampling,
        "list_roots": rounds.roots,
        "request_state": rounds.confirmed("request-state"),
        "multiple_inputs": rounds.several,
        "multi_round": rounds.rounds,
        "tampered_state": rounds.confirmed("tampered-state"),
        "capabilities": rounds.capable,
    }
    return {
        "test_simple_text": Tool("Gives text", _gives(text("This is a simple text response for testing."))),
        "test_image_content": Tool("Gives a picture", _gives(image())),
        "test_audio_content": Tool("Gives a sound", _gives(audio())),
        "test_embedded_resource": Tool("Gives a resource", _gives(INNER)),
        "test_multiple_content_types": Tool("Gives several things", _gives(*MIXED)),
        "test_error_handling": Tool("Always fails", _fails),
        "test_tool_with_logging": Tool("Logs while it runs", _logs),
        "test_logging_tool": Tool("Logs while it runs", _logs),
        "test_tool_with_progress": Tool("Reports its progress", _progresses),
        "test_sampling": Tool("Asks the client's model", _samples, schemas.PROMPT),
        "test_elicitation": Tool("Asks the user", _elicits(schemas.USER), schemas.MESSAGE),
        "test_elicitation_sep1034_defaults": Tool("Asks, with defaults", _elicits(schemas.DEFAULTS)),
        "test_elicitation_sep1330_enums": Tool("Asks for choices", _elicits(schemas.ENUMS)),
        "test_streaming_elicitation": Tool("Asks in its result", rounds.elicitation),
        "test_reconnection": Tool("Closes its stream before it ends", _reconnects),
        "test_missing_capability": Tool("Needs sampling", _wants_sampling),
        "test_x_mcp_header": Tool("Is mirrored in a header", _echoes, schemas.MIRRORED),
        "json_schema_2020_12_tool": Tool("Has a schema of many keywords", _gives(text("Fine.")), schemas.KEYWORDS),
        "test_trigger_tool_change": Tool("Says that tools changed", _publishes(bus, ToolsListChanged())),
        "test_trigger_prompt_change": Tool("Says that prompts changed", _publishes(bus, PromptsListChanged())),
        "greet": Tool("Greets", _greets, schemas.of(name="string")),
        **{name: Tool(says, run, schemas.of(**given)) for name, (says, run, given) in tasks.tools(made).items()},
        **{f"test_input_required_result_{name}": Tool("Needs answers", run) for name, run in rounded.items()},
    }
