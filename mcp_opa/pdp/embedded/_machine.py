"""What all embedded policies of one process share: wasmtime's engine, its clock, and compiled modules.

Guarantees: while anything is asked, time passes for the engine, so a deadline that was set is met to about two ticks;
a process that asks nothing is not woken. Nothing here outlives a fork: a child makes its own machine.
"""

from __future__ import annotations

import threading
import time
from pathlib import Path

from wasmtime import Config, Engine, MemoryType, Module, WasmtimeError

from mcp_opa.pdp import EngineError
from mcp_opa.pdp.embedded._call import caller
from mcp_opa.pdp.embedded._compiled import compiled

TICK_SECONDS = 0.02
LONGEST_SECONDS = 10.0
"""The longest deadline there may be."""
_ABI = frozenset(("env", name) for name in ("memory", "opa_abort", *(f"opa_builtin{arity}" for arity in range(5))))


class Machine:
    """One engine, its clock, the door, and every program that was loaded."""

    def __init__(self) -> None:
        config = Config()
        config.epoch_interruption = True
        config.memory_may_move = False  # the address of a memory is asked for once
        config.parallel_compilation = False  # a forked child lacks its threads, and would wait for them
        self.engine = Engine(config)
        self.door = Module(self.engine, Path(__file__).with_name("door.wat").read_text())
        self.caller = caller(self.engine)
        self._programs: dict[bytes, Program] = {}
        self._latest = 0.0
        self._awake = threading.Event()
        threading.Thread(target=self._tick, name="mcp-opa clock", daemon=True).start()

    def program(self, wasm: bytes, cache: Path | None) -> Program:
        """The program that `wasm` is, compiled once. Raises `EngineError`."""
        if wasm not in self._programs:
            try:
                self._programs[wasm] = Program(self, compiled(self.engine, wasm, cache))
            except WasmtimeError as error:
                raise EngineError(f"the compiled policy is no Wasm module: {str(error).splitlines()[0]}") from error
        return self._programs[wasm]

    def wake(self) -> None:
        """From now on the clock runs for long enough to meet any deadline."""
        self._latest = time.monotonic() + LONGEST_SECONDS
        if not self._awake.is_set():
            self._awake.set()

    def _tick(self) -> None:
        while self._awake.wait():
            while time.monotonic() < self._latest:
                time.sleep(TICK_SECONDS)
                self.engine.increment_epoch()
            self._awake.clear()
            if time.monotonic() < self._latest:  # somebody began in between, and saw the clock awake
                self._awake.set()


def ticks(seconds: float) -> int:
    """A deadline as wasmtime wants it."""
    return int(seconds / TICK_SECONDS) + 1


class Program:
    """A compiled policy that imports nothing but what OPA's ABI has."""

    def __init__(self, machine: Machine, module: Module) -> None:
        """Raises `EngineError`."""
        self.machine = machine
        self.module = module
        imports = module.imports
        foreign = [f"{entry.module}.{entry.name}" for entry in imports if (entry.module, entry.name) not in _ABI]
        if foreign:
            raise EngineError(f"the compiled policy imports {', '.join(foreign)}, which is not of OPA's ABI")
        self.imports = [str(entry.name) for entry in imports]
        memory = [entry.type for entry in imports if isinstance(entry.type, MemoryType)]
        if len(memory) != 1:
            raise EngineError("the compiled policy does not import its memory; build it with `opa build -t wasm`")
        self.memory = memory[0]
