"""The two ways to call: the direct one uses names of wasmtime that aren't public, and these tests tell when they go."""

from __future__ import annotations

import time
from threading import Thread

import pytest
from wasmtime import Config, Engine, Func, Instance, Module, Store, Trap, TrapCode

from mcp_opa.pdp.embedded import _call
from mcp_opa.pdp.embedded._call import Caller, caller, direct, public

WAYS = pytest.mark.parametrize("way", [direct, public])
ENDS = """
(module
  (global $calls (export "calls") (mut i32) (i32.const 0))
  (func (export "returns") (global.set $calls (i32.add (global.get $calls) (i32.const 1))))
  (func (export "traps") unreachable)
  (func $deeper (export "overflows") (call $deeper))
  (func (export "loops") (loop $again (br $again))))
"""


@pytest.fixture
def engine() -> Engine:
    """An engine that can interrupt."""
    config = Config()
    config.epoch_interruption = True
    return Engine(config)


def function(engine: Engine, name: str) -> tuple[Store, Func]:
    """A function of ENDS, and its store."""
    store = Store(engine)
    store.set_epoch_deadline(1)
    found = Instance(store, Module(engine, ENDS), []).exports(store)[name]
    assert isinstance(found, Func)
    return store, found


def test_this_wasmtime_is_called_directly(engine: Engine) -> None:
    """If this fails, decisions are right and a sixth slower: mend `direct` for the wasmtime that is installed."""
    assert caller(engine) is direct


@pytest.mark.parametrize("name", ["wasmtime_func_call", "wasm_trap_t"])
def test_where_a_name_is_gone_the_public_way_is_taken(
    engine: Engine, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(f"wasmtime._ffi.{name}")
    assert caller(engine) is public


def test_where_the_direct_way_misses_a_trap_the_public_way_is_taken(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_call, "direct", lambda *_: lambda: None)
    assert caller(engine) is public


@WAYS
def test_a_function_that_returns_is_called_each_time(engine: Engine, way: Caller) -> None:
    store = Store(engine)
    store.set_epoch_deadline(1)
    exports = Instance(store, Module(engine, ENDS), []).exports(store)
    call = way(store, exports["returns"])  # type: ignore[arg-type]
    for _ in range(1000):
        call()
    assert exports["calls"].value(store) == 1000  # type: ignore[union-attr]


@WAYS
@pytest.mark.parametrize(("name", "code"), [("traps", TrapCode.UNREACHABLE), ("overflows", TrapCode.STACK_OVERFLOW)])
def test_a_trap_is_raised_with_its_code(engine: Engine, way: Caller, name: str, code: TrapCode) -> None:
    with pytest.raises(Trap) as raised:
        way(*function(engine, name))()
    assert raised.value.trap_code is code


@WAYS
def test_an_interrupt_is_raised_as_such(engine: Engine, way: Caller) -> None:
    def interrupt() -> None:
        time.sleep(0.05)
        engine.increment_epoch()

    call = way(*function(engine, "loops"))
    Thread(target=interrupt).start()
    with pytest.raises(Trap) as raised:
        call()
    assert raised.value.trap_code is TrapCode.INTERRUPT
