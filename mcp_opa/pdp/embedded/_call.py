"""A call of a Wasm function without arguments or result, without what the public call does beside it.

Guarantees: what `caller(engine)` gives makes of a store and a function something that does as `function(store)`
does: it returns, or raises `Trap` or `WasmtimeError`, and then is not called again. wasmtime's public call asks for the
function's type each time, at a sixth of the price of a whole decision, so the C function below it is called directly:
only here, and only if the installed wasmtime has its names and a trial goes as it must. Else the public call is made,
and all is slower and the same.
"""

from __future__ import annotations

from collections.abc import Callable
from ctypes import POINTER, byref
from functools import partial

from wasmtime import Engine, Func, Instance, Module, Store, Trap, TrapCode, WasmtimeError

Caller = Callable[[Store, Func], Callable[[], None]]

_TRIAL = '(module (func (export "returns")) (func (export "traps") unreachable))'


def caller(engine: Engine) -> Caller:
    """The direct way if it stands its trial, else the public one."""
    try:
        _try(engine, direct)
    except Exception:  # noqa: BLE001 (whatever another wasmtime does here, the public way is open)
        return public
    return direct


def public(store: Store, function: Func) -> Callable[[], None]:
    """The call as wasmtime publishes it."""
    return partial(function, store)


def direct(store: Store, function: Func) -> Callable[[], None]:
    """The call of wasmtime's C function. Wants names of the binding that are not public."""
    from wasmtime import _ffi as ffi  # noqa: PLC0415 (private; the trial catches it if it's gone)

    context = store._context()  # noqa: SLF001
    place = byref(function._func)  # noqa: SLF001
    trap = POINTER(ffi.wasm_trap_t)()
    trap_place = byref(trap)
    c_call = ffi.wasmtime_func_call

    def call(_alive: Store = store) -> None:
        error = c_call(context, place, None, 0, None, 0, trap_place)
        if bool(error):
            raise WasmtimeError._from_ptr(error)  # noqa: SLF001
        if bool(trap):
            raise Trap._from_ptr(trap)  # noqa: SLF001

    return call


def _try(engine: Engine, way: Caller) -> None:
    """Raises whatever comes, unless a function that returns does so, and one that traps is seen to."""
    store = Store(engine)
    store.set_epoch_deadline(1)
    exports = Instance(store, Module(engine, _TRIAL), []).exports(store)
    returns, traps = exports["returns"], exports["traps"]
    if not isinstance(returns, Func) or not isinstance(traps, Func):
        raise TypeError
    way(store, returns)()
    try:
        way(store, traps)()
    except Trap as trap:
        if trap.trap_code is TrapCode.UNREACHABLE:
            return
    raise RuntimeError("a trap went unseen")
