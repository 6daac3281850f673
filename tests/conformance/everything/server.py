"""The server round the tables: each handler writes down what it executes, then executes it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import mcp_types as types
from mcp.server.caching import CacheableMethod, CacheHint
from mcp.server.context import HandlerResult, ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.request_state import RequestStateBoundary, RequestStateSecurity
from mcp.server.subscriptions import InMemorySubscriptionBus, ListenHandler
from mcp.shared.exceptions import MCPError

from tests.conformance.everything import contents, rounds, tools
from tests.conformance.everything.tasks import Tasks

Context = ServerRequestContext[Any]
CACHED: tuple[CacheableMethod, ...] = (
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "resources/read",
)


class Everything:
    """One server and its log."""

    def __init__(self, log: Path) -> None:
        self._log = log
        bus = InMemorySubscriptionBus()
        tasks = Tasks()
        self._tools = tools.table(bus, tasks)
        self.server: Server[Any] = Server(
            "everything",
            version="1",
            cache_hints=dict.fromkeys(CACHED, CacheHint(ttl_ms=1000, scope="public")),
            get_tool_input_schema=lambda name: self._tools[name].schema if name in self._tools else None,
            on_list_tools=self._list_tools,
            on_list_resources=self._list_resources,
            on_list_resource_templates=self._list_templates,
            on_read_resource=self._read,
            on_subscribe_resource=self._subscribe,
            on_unsubscribe_resource=self._unsubscribe,
            on_subscriptions_listen=ListenHandler(bus),
            on_list_prompts=self._list_prompts,
            on_get_prompt=self._prompt,
            on_completion=self._complete,
            on_set_logging_level=self._set_level,
        )
        self.server.add_request_handler("tools/call", types.CallToolRequestParams, self._call)
        tasks.serve(self.server)
        self.server.middleware.append(RequestStateBoundary(RequestStateSecurity.ephemeral(), default_audience=None))

    def _execute(self, method: str, name: str) -> None:
        with self._log.open("a") as log:
            log.write(json.dumps([method, name]) + "\n")

    async def _list_tools(self, _: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        listed = [
            types.Tool(name=name, description=tool.description, input_schema=tool.schema)
            for name, tool in self._tools.items()
        ]
        return types.ListToolsResult(tools=listed)

    async def _call(self, context: Context, call: types.CallToolRequestParams) -> HandlerResult:
        tool = self._tools.get(call.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"Unknown tool: {call.name}")
        self._execute("tools/call", call.name)
        return await tool.run(context, call)

    async def _list_resources(self, _: Context, __: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=contents.RESOURCES)

    async def _list_templates(
        self, _: Context, __: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=contents.TEMPLATES)

    async def _read(self, _: Context, asked: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        self._execute("resources/read", asked.uri)
        if found := contents.read(asked.uri):
            return found
        raise MCPError(types.INVALID_PARAMS, "Resource not found", {"uri": asked.uri})

    async def _subscribe(self, _: Context, asked: types.SubscribeRequestParams) -> types.EmptyResult:
        self._execute("resources/subscribe", asked.uri)
        return types.EmptyResult()

    async def _unsubscribe(self, _: Context, __: types.UnsubscribeRequestParams) -> types.EmptyResult:
        return types.EmptyResult()

    async def _list_prompts(self, _: Context, __: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
        return types.ListPromptsResult(prompts=contents.PROMPTS)

    async def _prompt(
        self, _: Context, asked: types.GetPromptRequestParams
    ) -> types.GetPromptResult | types.InputRequiredResult:
        self._execute("prompts/get", asked.name)
        if asked.name == "test_input_required_result_prompt":
            return rounds.context_prompt(asked)
        if found := contents.prompt(asked.name, asked.arguments or {}):
            return found
        raise MCPError(types.INVALID_PARAMS, f"Unknown prompt: {asked.name}")

    async def _complete(self, _: Context, asked: types.CompleteRequestParams) -> types.CompleteResult:
        self._execute("completion/complete", asked.argument.name)
        values = [f"{asked.argument.value}{ending}" for ending in ("", "ed", "ing")]
        return types.CompleteResult(completion=types.Completion(values=values, total=3, has_more=False))

    async def _set_level(self, _: Context, __: types.SetLevelRequestParams) -> types.EmptyResult:
        return types.EmptyResult()
