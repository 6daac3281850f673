"""wasmtime without our engine: the floor that a decision is compared with, and evaluation without Python around it."""

from __future__ import annotations

import ctypes
import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import wasmtime
from wasmtime import Engine, Memory, MemoryType, Module, Store

from mcp_opa import contract, shipped
from mcp_opa.model import Json, Question
from mcp_opa.pdp import embedded

# Evaluates n times within one call, so that the price of the call vanishes.
_REPEAT = """
(module
  (type $opa_eval (func (param i32 i32 i32 i32 i32 i32 i32) (result i32)))
  (import "policy" "opa_eval" (func $opa_eval (type $opa_eval)))
  (func (export "repeat") (param $n i32) (param $entry i32) (param $data i32) (param $document i32) (param $size i32)
      (param $heap i32)
    (loop $again
      (drop (call $opa_eval (i32.const 0) (local.get $entry) (local.get $data) (local.get $document) (local.get $size)
        (local.get $heap) (i32.const 0)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
"""
_ROOM = 65536
Arguments = tuple[int, int, int, int, int]
"""What `opa_eval` takes between its first argument and its last."""


class Bare:
    """The shipped policy with its data, called through wasmtime's public API alone: no deadline, no checks."""

    def __init__(self, data: Json) -> None:
        """`data` is the sealed policy data."""
        self._store = Store(Engine())
        module = Module(self._store.engine, shipped.wasm())
        self._memory = Memory(self._store, next(i.type for i in module.imports if isinstance(i.type, MemoryType)))
        door = self._started(Path(embedded.__file__).with_name("door.wat").read_text(), [self._memory])
        own = [self._memory if i.name == "memory" else door[i.name] for i in module.imports]
        self._policy = wasmtime.Instance(self._store, module, own).exports(self._store)
        self._opa_eval: Any = self._policy["opa_eval"]
        self._repeat = self._started(_REPEAT, [self._opa_eval])["repeat"]
        text = contract.canonical({"mcp": {"policy": data}})
        self._data = self._call("opa_json_parse", self._put(text), len(text))
        self._document = self._call("opa_malloc", _ROOM)
        self._heap = self._call("opa_heap_ptr_get")
        self._entries = json.loads(self._text(self._call("opa_json_dump", self._call("entrypoints"))))

    def arguments(self, question: Question, document: bytes) -> Arguments:
        """The arguments for a question; the document is put in its place."""
        self._memory.write(self._store, document, self._document)
        return self._entries[f"mcp/authz/{question}"], self._data, self._document, len(document), self._heap

    def evaluate(self, arguments: Arguments) -> int:
        """One `opa_eval` through the public API: where its answer stands."""
        return int(self._opa_eval(self._store, 0, *arguments, 0))

    def microseconds(self, arguments: Arguments, times: int) -> float:
        """What one evaluation takes inside Wasm, on the average of `times`."""
        began = time.perf_counter_ns()
        self._repeat(self._store, times, *arguments)
        return (time.perf_counter_ns() - began) / 1000 / times

    def _started(self, text: str, own: Sequence[Any]) -> Any:  # noqa: ANN401 (wasmtime's exports are of any kind)
        return wasmtime.Instance(self._store, Module(self._store.engine, text), own).exports(self._store)

    def _call(self, name: str, *arguments: int) -> int:
        function: Any = self._policy[name]
        return int(function(self._store, *arguments))

    def _put(self, text: bytes) -> int:
        place = self._call("opa_malloc", len(text))
        self._memory.write(self._store, text, place)
        return place

    def _text(self, place: int) -> bytes:
        return ctypes.string_at(ctypes.addressof(self._memory.data_ptr(self._store).contents) + place)
