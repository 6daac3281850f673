"""One compiled policy with its data, in a store of its own, asked by OPA's one-shot ABI (1.2 and later).

Guarantees: a policy that wants built-ins of its host, or lacks one of the four questions, is refused. Every question
ends: with an answer's bytes, or with `Stopped` by its deadline, the cap on memory or a trap, and then the instance is
worthless. It reads neither documents nor answers, and is for one thread at a time: whoever holds it sees to that.
"""

from __future__ import annotations

import ctypes
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import wasmtime
from wasmtime import Func, Global, Memory, Store, Table, Trap, TrapCode

from mcp_opa.model import Cause, Json, Question
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.embedded._machine import LONGEST_SECONDS, TICK_SECONDS, Program, ticks

_LOAD_SECONDS = LONGEST_SECONDS
"""For reading the data; that of 10 000 actors takes about 0.1."""
_ABI = (1, 2)
_LARGEST_MEMORY = 2**31 - 1
"""Wasm's addresses have 32 bits, with a sign."""
_LONGEST_MESSAGE = 200
_AGAIN = "install mcp-opa again"
_FRAME = ("entry", "data", "document", "size", "heap", "answer", "length")
_Part = TypeVar("_Part", Func, Global, Memory, Table)


class _Frame(ctypes.LittleEndianStructure):
    """What `ask` in `door.wat` reads, in its order, and what it writes."""

    _fields_ = tuple((name, ctypes.c_uint32) for name in _FRAME)
    entry: int
    data: int
    document: int
    size: int
    heap: int
    answer: int
    length: int


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a question may cost."""

    deadline_seconds: float = 1.0
    """From 0.02 to 10, kept to about 0.04."""
    memory_bytes: int = 512 * 1024 * 1024
    """Of one instance with its data; 10 000 actors take about 60 MiB."""
    document_bytes: int = 1024 * 1024
    """Of one input document."""
    instances: int = 4
    """How many questions are evaluated at once; more of them wait, at most as long as the deadline."""

    def __post_init__(self) -> None:
        if not TICK_SECONDS <= self.deadline_seconds <= LONGEST_SECONDS:
            raise ValueError(f"deadline_seconds is {self.deadline_seconds}; from {TICK_SECONDS} to {LONGEST_SECONDS}")
        if self.instances < 1:
            raise ValueError(f"instances is {self.instances}; from 1")
        if not 0 < self.memory_bytes <= _LARGEST_MEMORY:
            raise ValueError(f"memory_bytes is {self.memory_bytes}; from 1 to {_LARGEST_MEMORY}")


class Stopped(Exception):
    """There is no answer. `cause` and `detail` are those of an `Answer`."""

    def __init__(self, cause: Cause, detail: str) -> None:
        super().__init__(detail)
        self.cause = cause
        self.detail = detail


class Instance:
    """A policy and its data, ready to be asked by one thread at a time."""

    def __init__(self, program: Program, data: bytes, bounds: Bounds) -> None:
        """`data` is the whole data document as JSON. Raises `Stopped` or `EngineError`."""
        self._machine = program.machine
        self._ticks = ticks(bounds.deadline_seconds)
        self._store = Store(self._machine.engine)
        self._store.set_limits(memory_size=bounds.memory_bytes)
        self._store.set_epoch_deadline(ticks(_LOAD_SECONDS))
        self._machine.wake()
        self._memory = Memory(self._store, program.memory)
        self._base = ctypes.addressof(self._memory.data_ptr(self._store).contents)
        self._link(program)
        self._entries = self._check()
        self._frame = self._prepare(self._parsed(data), bounds.document_bytes)

    def ask(self, question: Question, document: bytes) -> bytes:
        """The answer as JSON text: `[]`, or `[{"result": …}]`. Raises `Stopped`."""
        frame = self._frame
        frame.entry = self._entries[question]
        frame.size = len(document)
        ctypes.memmove(self._document, document, len(document))
        self._store.set_epoch_deadline(self._ticks)
        self._machine.wake()
        try:
            self._ask()
        except Trap as trap:
            raise self._stopped(trap) from trap
        return ctypes.string_at(self._base + frame.answer, frame.length)

    def _link(self, program: Program) -> None:
        """The door sees the memory, the policy sees the door, and the door gets the policy's `opa_eval`."""
        self._door = wasmtime.Instance(self._store, program.machine.door, [self._memory]).exports(self._store)
        host = [self._memory if name == "memory" else self._door[name] for name in program.imports]
        self._policy = wasmtime.Instance(self._store, program.module, host).exports(self._store)
        _part(self._door, "opa_eval", Table).set(self._store, 0, _part(self._policy, "opa_eval", Func))
        self._ask = program.machine.caller(self._store, _part(self._door, "ask", Func))

    def _check(self) -> dict[str, int]:
        """The number of each question's entry point, by the question."""
        version = tuple(self._number(f"opa_wasm_abi_{part}version") for part in ("", "minor_"))
        if version[0] != _ABI[0] or version < _ABI:
            raise EngineError(f"the compiled policy speaks ABI {version}, this engine {_ABI} and later; {_AGAIN}")
        if wanted := self._value(self._call("builtins")):
            raise EngineError(f"the compiled policy wants built-ins of its host: {', '.join(sorted(wanted))}; {_AGAIN}")
        entries = self._value(self._call("entrypoints"))
        found = {question.value: entries.get(f"mcp/authz/{question}") for question in Question}
        if lacking := [name for name, number in found.items() if number is None]:
            raise EngineError(f"the compiled policy lacks the entry points {', '.join(lacking)}; {_AGAIN}")
        return found

    def _parsed(self, data: bytes) -> int:
        """The place of the data as the policy's own value."""
        text = self._allocated(len(data))
        ctypes.memmove(self._base + text, data, len(data))
        value = self._call("opa_json_parse", text, len(data))
        if not value:
            raise EngineError("the policy data are not JSON to the compiled policy")
        return value

    def _prepare(self, data: int, room: int) -> _Frame:
        """The frame, and room for a document, behind the data; what evaluation needs comes behind them, each time."""
        place = self._allocated(ctypes.sizeof(_Frame))
        document = self._allocated(room)
        self._document = self._base + document  # kept here: the policy could write into the frame
        _part(self._door, "frame", Global).set_value(self._store, place)
        frame = _Frame.from_address(self._base + place)
        frame.data, frame.document, frame.heap = data, document, self._call("opa_heap_ptr_get")
        return frame

    def _allocated(self, size: int) -> int:
        """A place in the memory, and all of it inside."""
        place = self._call("opa_malloc", size)
        if not 0 <= place <= self._memory.data_len(self._store) - size:
            raise EngineError(f"the compiled policy allocates outside its memory; {_AGAIN}")
        return place

    def _call(self, name: str, *arguments: int) -> int:
        """The answer of one of the policy's functions: an address, or 0."""
        try:
            return int(_part(self._policy, name, Func)(self._store, *arguments))
        except Trap as trap:
            raise self._stopped(trap) from trap

    def _number(self, name: str) -> int:
        return int(_part(self._policy, name, Global).value(self._store))

    def _value(self, address: int) -> Json:
        """A value of the policy's as Python has it."""
        return json.loads(self._text(self._call("opa_json_dump", address)))

    def _text(self, address: int, limit: int = 1 << 20) -> str:
        """The text at an address, to its NUL or to the limit."""
        raw = self._memory.read(self._store, address, address + limit)
        return raw.partition(b"\0")[0].decode("utf-8", "replace")

    def _stopped(self, trap: Trap) -> Stopped:
        """What an operator should know of a trap."""
        if trap.trap_code is TrapCode.INTERRUPT:
            return Stopped(Cause.TIMEOUT, "the policy's evaluation took longer than its deadline")
        message = _part(self._door, "message", Global).value(self._store)
        why = self._text(message, _LONGEST_MESSAGE) if message else trap.message.splitlines()[-1].strip()
        return Stopped(Cause.UNAVAILABLE, f"the policy's evaluation failed: {why}")


def _part(exports: Mapping[str, object], name: str, kind: type[_Part]) -> _Part:
    part = exports.get(name)
    if not isinstance(part, kind):
        raise EngineError(f"the compiled policy exports no {name}; {_AGAIN}")
    return part
