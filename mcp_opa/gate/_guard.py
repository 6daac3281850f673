"""A Python function as a tool behind the gate.

Guarantees: the function runs only if its call was allowed, with a copy of the very arguments that were decided, which
nobody else holds; every obligation is kept. Who calls comes from the application, never from the arguments.
"""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter
from typing import Any, Protocol, TypeVar, cast

from mcp_opa.gate._promise import promised
from mcp_opa.gate.actor import Actor, named
from mcp_opa.gate.denied import Denied
from mcp_opa.gate.execution import Execution
from mcp_opa.model import Cause, Decision, Json, Subject, ToolCall

Tool = TypeVar("Tool", bound=Callable[..., Any])
_DEEPEST = 64


class _Gate(Protocol):
    """What a guarded function wants of a gate."""

    def execution(self, call: ToolCall) -> AbstractContextManager[Execution]: ...
    def aexecution(self, call: ToolCall) -> AbstractAsyncContextManager[Execution]: ...
    def refuse(self, call: ToolCall, cause: Cause, detail: str) -> Decision: ...


@dataclass(frozen=True, slots=True)
class Guarded:
    """What one guard knows of its tool."""

    gate: _Gate
    name: str
    actor: Actor
    server_id: str | None
    schema: Json | None
    injected: frozenset[str]

    def around(self, function: Tool) -> Tool:
        """The function behind the gate. Raises `TypeError` for one whose run the gate could not follow."""
        if inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function):
            raise TypeError(
                f"{self.name}: a generator runs after its call is over; return a list, or use gate.execution"
            )
        signature = inspect.signature(function)
        if unknown := self.injected - signature.parameters.keys():
            raise TypeError(f"{self.name}: injected names {', '.join(sorted(unknown))}, which is no parameter")

        @wraps(function)
        def run(*args: object, **kwargs: object) -> object:
            call, bound, nobody = self._call(signature, args, kwargs)
            if nobody:
                raise Denied(self.gate.refuse(call, Cause.AUTHENTICATION, nobody))
            with self.gate.execution(call) as execution:
                execution.result = _plain(self.name, function(*bound.args, **bound.kwargs))
            return execution.result

        @wraps(function)
        async def arun(*args: object, **kwargs: object) -> object:
            call, bound, nobody = self._call(signature, args, kwargs)
            if nobody:
                raise Denied(await asyncio.to_thread(self.gate.refuse, call, Cause.AUTHENTICATION, nobody))
            async with self.gate.aexecution(call) as execution:
                result = await cast(Awaitable[object], function(*bound.args, **bound.kwargs))
                execution.result = _plain(self.name, result)
            return execution.result

        return cast(Tool, arun if inspect.iscoroutinefunction(function) else run)

    def _call(
        self, signature: inspect.Signature, args: tuple[object, ...], kwargs: dict[str, object]
    ) -> tuple[ToolCall, inspect.BoundArguments, str]:
        """The call to decide, the arguments to run it with, and why nobody is known to call, if so.

        Raises `TypeError` as the function itself would.
        """
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        for name in bound.arguments.keys() - self.injected:
            bound.arguments[name] = _copied(bound.arguments[name])
        arguments = _copied(
            _decided(signature, bound, self.injected)
        )  # of the copy: what was given may be another by now
        subject, nobody = self._subject()
        call = ToolCall(subject, self.name, arguments, server_id=self.server_id, schema=self.schema)
        return call, bound, nobody

    def _subject(self) -> tuple[Subject, str]:
        """Who calls; if nobody is known to, why."""
        try:
            found: object = self.actor() if callable(self.actor) else self.actor
        except Exception as error:  # noqa: BLE001 (whatever it does, nobody is known to call)
            return Subject(""), f"the function that says who calls failed: {type(error).__name__}"
        if subject := named(found, "application" if callable(self.actor) else "process"):
            return subject, ""
        if promised(found):
            return Subject(""), "the function that says who calls is async: make it a plain `def`"
        return Subject(""), "guard was given no actor, or a function that gives none for this call"


def _copied(value: Any, depth: int = 0) -> Any:  # noqa: ANN401 (whatever a function is called with)
    """A copy of plain JSON that nobody else holds; what is none, or too deep, is refused when it is decided."""
    if depth > _DEEPEST:
        return value
    if type(value) is dict:
        return {key: _copied(child, depth + 1) for key, child in value.items()}
    kind = type(value)
    return kind(_copied(child, depth + 1) for child in value) if kind is list or kind is tuple else value


def _plain(name: str, result: object) -> object:
    """The result, if the function has really run."""
    if promised(result):
        raise TypeError(f"{name}: gives something that runs later; make it `async def`, or return a list")
    return result


def _decided(signature: inspect.Signature, bound: inspect.BoundArguments, injected: frozenset[str]) -> dict[str, Json]:
    """The arguments by name, as a client would have sent them: one that is None by default is none that was sent."""
    arguments: dict[str, Json] = {}
    for name, value in bound.arguments.items():
        parameter = signature.parameters[name]
        if name in injected or (value is None and parameter.default is None):
            continue
        if parameter.kind is Parameter.VAR_KEYWORD:
            if twice := sorted(value.keys() & signature.parameters.keys()):
                raise TypeError(f"{', '.join(twice)} can't be told from the parameter of that name")
            arguments |= value
        elif parameter.kind is Parameter.VAR_POSITIONAL:
            arguments |= {name: list(value)} if value else {}
        else:
            arguments[name] = value
    return arguments
