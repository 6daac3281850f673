"""A Python function behind the gate."""

import asyncio
import contextvars
import itertools
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mcp_opa.audit import Record
from mcp_opa.gate import Denied, Gate, Overrun
from mcp_opa.gate.actor import Actor
from mcp_opa.model import Cause, Subject
from mcp_opa.pdp.embedded import EmbeddedOpa
from tests.gate.conftest import AGENT, Kept

Tool = Callable[[str], str]


def test_an_allowed_tool_runs_and_gives_its_result(gate: Gate, log: Kept, tool: Tool) -> None:
    assert gate.guard("read_file", actor=AGENT)(tool)("docs/a.md") == "content of docs/a.md"
    assert log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "SUCCESS")]
    assert (log.records[0].arguments, log.records[0].auth_method) == ({"path": "docs/a.md"}, "api_key")


def test_a_refused_tool_does_not_run(gate: Gate, tool: Tool, tmp_path: Path) -> None:
    guarded = gate.guard("read_file", actor=AGENT)(tool)
    for path in ("docs/../etc/passwd", "etc/passwd", ""):
        with pytest.raises(Denied):
            guarded(path)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize(
    ("actor", "why"),
    [
        (None, "no actor"),
        ("", "no actor"),
        (Subject(""), "no actor"),
        (lambda: None, "no actor"),
        (lambda: "", "no actor"),
        (lambda: 7, "no actor"),
        (lambda: dict[str, str]()["nobody"], "failed: KeyError"),
        (asyncio.Event().wait, "is async"),
    ],
    ids=["none", "empty", "empty subject", "gives none", "gives empty", "gives a number", "fails", "is async"],
)
def test_without_an_actor_every_call_is_refused_and_recorded(
    gate: Gate, log: Kept, tool: Tool, tmp_path: Path, actor: Actor, why: str
) -> None:
    with pytest.raises(Denied) as denied:
        gate.guard("read_file", actor=actor)(tool)("docs/a.md")
    assert denied.value.decision.cause is Cause.AUTHENTICATION
    assert why in denied.value.decision.detail
    assert [(record.cause, record.actor, record.alert) for record in log.records] == [("authentication", "", True)]
    assert not (tmp_path / "ran").exists()


def test_an_async_tool_that_nobody_calls_is_refused_while_the_event_loop_goes_on(engine: EmbeddedOpa) -> None:
    turned = threading.Event()

    class Slow:
        """A log that ends only if the event loop does something meanwhile."""

        def write(self, record: Record) -> None:
            assert turned.wait(30)

    @Gate(engine, audit=Slow()).guard("read_file")
    async def read(path: str) -> None:
        pytest.fail("it ran")

    async def main() -> None:
        asyncio.get_running_loop().call_later(0.05, turned.set)
        await read("docs/a.md")

    with pytest.raises(Denied) as denied:
        asyncio.run(main())
    assert denied.value.decision.cause is Cause.AUTHENTICATION


def test_the_actor_may_be_a_word_or_found_anew_for_each_call(gate: Gate, log: Kept, tool: Tool) -> None:
    who: contextvars.ContextVar[str | None] = contextvars.ContextVar("who", default=None)
    guarded = gate.guard("read_file", actor=who.get)(tool)
    with pytest.raises(Denied):
        guarded("docs/a.md")
    who.set("agent")
    assert guarded("docs/a.md")
    assert gate.guard("read_file", actor="agent")(tool)("docs/a.md")
    found = [(record.actor, record.auth_method) for record in log.records if record.event == "decision"]
    assert found == [("", "none"), ("agent", "application"), ("agent", "process")]


def test_identity_never_comes_from_the_arguments(gate: Gate) -> None:
    @gate.guard("read_file", actor="stranger")
    def read(path: str, actor: str = "agent") -> str:
        return path + actor

    with pytest.raises(Denied) as denied:
        read("docs/a.md", actor="agent")
    assert denied.value.decision.rule == "deny_by_default.actor_unknown"


def test_defaults_are_decided_on_as_they_run(gate: Gate, log: Kept) -> None:
    @gate.guard("read_file", actor=AGENT)
    def read(path: str = "etc/passwd", head: int | None = None, lines: int = 3) -> str:
        return f"{path}{head}{lines}"

    with pytest.raises(Denied):
        read()
    assert read("docs/a.md") == "docs/a.mdNone3"
    assert [record.arguments for record in log.records][:2] == [
        {"path": "etc/passwd", "lines": 3},
        {"path": "docs/a.md", "lines": 3},
    ]


def test_none_is_decided_on_where_it_is_no_default_and_what_is_given_in_its_place_too(gate: Gate, log: Kept) -> None:
    @gate.guard("read_file", actor=AGENT)
    def read(path: str, lines: int | None, *more: int, head: int | None = None) -> str:
        return f"{path}{lines}{more}{head}"

    assert read("docs/a.md", None, head=5) == "docs/a.mdNone()5"
    assert log.records[0].arguments == {"path": "docs/a.md", "lines": None, "head": 5}


def test_every_kind_of_parameter_is_decided_on(gate: Gate, log: Kept) -> None:
    @gate.guard("read_file", actor=AGENT)
    def read(path: str, /, *more: int, deep: bool, **rest: str) -> str:
        return f"{path}{more}{deep}{rest}"

    assert read("docs/a.md", 1, 2, deep=True, x="y") == "docs/a.md(1, 2)True{'x': 'y'}"
    assert log.records[0].arguments == {"path": "docs/a.md", "more": [1, 2], "deep": True, "x": "y"}
    with pytest.raises(Denied):
        read("docs/a.md", deep=True, file_path="/etc/passwd")


def test_a_keyword_that_hides_an_argument_does_not_run(gate: Gate) -> None:
    @gate.guard("read_file", actor=AGENT)
    def read(path: str, /, *more: str, **rest: str) -> None:
        pytest.fail("it ran")

    for hiding in ("path", "more", "rest"):
        with pytest.raises(TypeError, match=f"{hiding} can't be told from the parameter of that name"):
            read("etc/passwd", **{hiding: "docs/a.md"})


def test_the_framework_may_inject_what_is_no_argument(gate: Gate, log: Kept) -> None:
    class Server:
        @gate.guard("read_file", actor=AGENT, injected=("self", "context"))
        def read(self, path: str, context: object = None) -> tuple[str, object]:
            return path, context

    marker = object()
    assert Server().read("docs/a.md", context=marker) == ("docs/a.md", marker)
    assert log.records[0].arguments == {"path": "docs/a.md"}


def test_an_injected_name_that_is_no_parameter_is_an_error(gate: Gate, tool: Tool) -> None:
    with pytest.raises(TypeError, match="injected names ctx"):
        gate.guard("read_file", actor=AGENT, injected=("ctx",))(tool)


def test_what_runs_is_what_was_decided_though_somebody_changes_it_meanwhile(gate: Gate, log: Kept) -> None:
    given: dict[str, Any] = {"options": {"deep": ["docs"]}}
    changed = threading.Event()

    class Changing:
        """A log that changes the caller's own object while the decision is written."""

        def write(self, record: object) -> None:
            given["options"]["deep"].append("etc")
            changed.set()

    @Gate(gate._inquiry._pdp, audit=Changing()).guard("read_file", actor=AGENT)  # noqa: SLF001
    def read(path: str, options: dict[str, Any]) -> dict[str, Any]:
        return options

    assert read("docs/a.md", given["options"]) == {"deep": ["docs"]}
    assert changed.is_set()


def test_what_runs_is_what_was_decided_though_it_changes_at_every_step(gate: Gate, log: Kept) -> None:
    given, steps = [0], itertools.count()

    @gate.guard("read_file", actor=AGENT)
    def read(path: str, *more: object, options: object, **rest: object) -> dict[str, object]:
        return {"path": path, "more": list(more), "options": options, **rest}

    sys.setprofile(lambda *_: given.__setitem__(0, next(steps)))
    try:
        ran = read("docs/a.md", given, options={"deep": given}, other=given)
    finally:
        sys.setprofile(None)
    assert log.records[0].arguments == ran
    assert next(steps)


def test_a_tool_that_changes_its_arguments_does_not_change_the_record(gate: Gate, log: Kept) -> None:
    @gate.guard("read_file", actor=AGENT)
    def read(path: str, options: list[str]) -> None:
        options.append("etc")

    read("docs/a.md", ["docs"])
    assert [record.arguments for record in log.records] == [{"path": "docs/a.md", "options": ["docs"]}] * 2


@pytest.mark.parametrize("odd", [Path("docs/a.md"), b"docs/a.md", float("nan"), {"a": object()}, ("docs",), "\ud800"])
def test_what_is_no_json_is_refused(gate: Gate, odd: object) -> None:
    @gate.guard("read_file", actor=AGENT)
    def read(path: str, other: object) -> None:
        pytest.fail("it ran")

    with pytest.raises(Denied):
        read("docs/a.md", odd)


def test_arguments_without_end_are_refused(gate: Gate) -> None:
    @gate.guard("read_file", actor=AGENT)
    def read(path: str, other: list[Any]) -> None:
        pytest.fail("it ran")

    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(Denied):
        read("docs/a.md", loop)


def test_a_call_that_the_function_would_not_take_is_its_own_error(gate: Gate, log: Kept, tool: Tool) -> None:
    with pytest.raises(TypeError, match="missing a required argument"):
        gate.guard("read_file", actor=AGENT)(tool)()  # type: ignore[call-arg]
    assert log.records == []


def test_an_async_tool_is_cancelled_at_the_policys_time(gate: Gate, log: Kept) -> None:
    ended: list[str] = []

    @gate.guard("slow", actor=AGENT)
    async def slow(path: str) -> str:
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(path)
        return path

    with pytest.raises(Overrun):
        asyncio.run(slow("docs/a.md"))
    gate.close()
    assert ended == ["docs/a.md"]
    assert log.events()[1] == ("outcome", "ALLOW", "TIMEOUT")


def test_a_late_result_of_a_sync_tool_is_withheld(gate: Gate, log: Kept) -> None:
    @gate.guard("slow", actor=AGENT)
    def slow(path: str) -> str:
        time.sleep(1.05)
        return path

    with pytest.raises(Overrun):
        slow("docs/a.md")
    assert log.events()[1] == ("outcome", "ALLOW", "TIMEOUT")


def test_an_async_tool_gives_its_result(gate: Gate, log: Kept) -> None:
    @gate.guard("read_file", actor=AGENT)
    async def read(path: str) -> str:
        await asyncio.sleep(0)
        return path

    assert asyncio.run(read("docs/a.md")) == "docs/a.md"
    with pytest.raises(Denied):
        asyncio.run(read("etc/passwd"))
    gate.close()
    assert log.events() == [
        ("decision", "ALLOW", None),
        ("outcome", "ALLOW", "SUCCESS"),
        ("decision", "DENY", None),
    ]


def test_a_generator_is_no_tool(gate: Gate) -> None:
    def lines(path: str) -> Iterator[str]:
        yield path

    async def alines(path: str) -> AsyncIterator[str]:
        yield path

    for function in (lines, alines):
        with pytest.raises(TypeError, match="a generator runs after its call is over"):
            gate.guard("read_file", actor=AGENT)(function)


@pytest.mark.parametrize("kind", ["coroutine", "generator"])
def test_a_function_that_only_promises_a_result_is_an_error(gate: Gate, log: Kept, kind: str) -> None:
    async def coroutine(path: str) -> str:
        return path

    def generator(path: str) -> Iterator[str]:
        yield path

    promises: dict[str, Callable[[str], object]] = {"coroutine": coroutine, "generator": generator}

    @gate.guard("read_file", actor=AGENT)
    def promise(path: str) -> object:
        return promises[kind](path)

    @gate.guard("read_file", actor=AGENT)
    async def apromise(path: str) -> object:
        return promises[kind](path)

    with pytest.raises(TypeError, match="gives something that runs later"):
        promise("docs/a.md")
    with pytest.raises(TypeError, match="gives something that runs later"):
        asyncio.run(apromise("docs/a.md"))
    gate.close()
    assert log.events() == [("decision", "ALLOW", None), ("outcome", "ALLOW", "ERROR")] * 2


def test_a_guarded_function_keeps_its_name_and_signature(gate: Gate) -> None:
    @gate.guard("read_file", actor=AGENT)
    def read(path: str) -> str:
        """Read a file."""
        return path

    assert (read.__name__, read.__doc__, read.__annotations__) == ("read", "Read a file.", {"path": str, "return": str})
