"""The policy in this process: the Rego that mcp-opa ships, compiled to Wasm.

Guarantees: `ask` gives an `Answer`, whatever the policy, the document or wasmtime do; each question is evaluated alone,
on one generation of the data from its beginning to its end; data that can't be used are refused by `load`, and the
former data stay. Threads may share an engine, and so may the processes that a fork makes. It does not check documents:
`mcp_opa.contract` builds them. Nor does it judge whether the data are a usable policy: the policy itself does.
"""

from __future__ import annotations

import gc
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakSet

from mcp_opa import contract, shipped
from mcp_opa.model import Answer, Cause, Question
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.embedded._compiled import user_cache
from mcp_opa.pdp.embedded._instance import Bounds, Instance, Stopped
from mcp_opa.pdp.embedded._machine import Machine, Program
from mcp_opa.pdp.embedded._pool import Pool

__all__ = ["Bounds", "EmbeddedOpa"]

_MAX_DATA = 128 * 1024 * 1024
_BEFORE, _BEHIND = b'[{"result":', b"}]"


class EmbeddedOpa:
    """The policy engine inside this process.

    Each instance of the policy has its own copy of the data; there are as many as questions were asked at once, up to
    `bounds.instances`.
    """

    def __init__(self, data: bytes, *, bounds: Bounds | None = None, wasm: bytes | None = None) -> None:
        """`data` is the policy data, as `mcp/policy/data.json` has it; `wasm` a policy other than the shipped one.

        Raises `EngineError`.
        """
        self._bounds = bounds or Bounds()
        self._wasm = wasm
        self._generation = self._tried(_document(data))
        _engines.add(self)

    def load(self, data: bytes) -> None:
        """Answer from these data from the next question on. Raises `EngineError`; then the former data stay."""
        self._generation = self._tried(_document(data))

    def ask(self, question: Question, document: bytes) -> Answer:
        """The policy's answer to one question."""
        if len(document) > self._bounds.document_bytes:
            detail = f"the input document has {len(document)} bytes, at most {self._bounds.document_bytes} are read"
            return Answer(cause=Cause.UNSENDABLE, detail=detail)
        try:
            return _answer(self._generation.pool.ask(question, document))
        except Stopped as stopped:
            return Answer(cause=stopped.cause, detail=stopped.detail)
        except Exception as error:  # noqa: BLE001 (the port's promise: nothing but an answer)
            return Answer(cause=Cause.UNAVAILABLE, detail=f"the embedded engine failed: {error!r}")

    def renew(self) -> None:
        """Leave every instance behind, and make new ones from the same data when they are needed."""
        self._generation = _Generation(self._generation.document, self._bounds, self._wasm)

    def _tried(self, document: bytes) -> _Generation:
        generation = _Generation(document, self._bounds, self._wasm)
        try:
            generation.pool.warm()
        except EngineError:
            raise
        except Exception as error:
            raise EngineError(f"the policy can't be loaded: {error}") from error
        return generation


class _Generation:
    """One state of the policy data, and the instances of the policy that hold it."""

    def __init__(self, document: bytes, bounds: Bounds, wasm: bytes | None) -> None:
        self.document = document
        self._bounds = bounds
        self._wasm = wasm
        self.pool = Pool(self._instance, bounds.instances, bounds.deadline_seconds)

    def _instance(self) -> Instance:
        with _building:
            return Instance(_program(self._wasm), self.document, self._bounds)


_building = threading.RLock()
"""Held while anything is compiled or started, and while the process forks: no fork finds wasmtime half-way there."""
_machines: list[Machine] = []
_left_behind: list[object] = []
"""The parent's, in a forked child: not even freed, as a thread that is no more may have held their locks."""
_engines: WeakSet[EmbeddedOpa] = WeakSet()


def _program(wasm: bytes | None) -> Program:
    if not _machines:
        _machines.append(Machine())
    return _machines[0].program(wasm or shipped.wasm(), None if wasm else user_cache())


def _forked() -> None:
    _left_behind.extend(_machines)
    _machines.clear()
    for engine in list(_engines):
        _left_behind.append(engine._generation)  # noqa: SLF001
        engine.renew()
    _building.release()


os.register_at_fork(before=_building.acquire, after_in_parent=_building.release, after_in_child=_forked)


def _document(data: bytes) -> bytes:
    """The whole data document, in canonical form, as Wasm reads some escapes and odd texts otherwise than we do."""
    if len(data) > _MAX_DATA:
        raise EngineError(f"the policy data have {len(data)} bytes, at most {_MAX_DATA} are loaded")
    with _no_collection():
        if not _is_canonical(data):
            try:
                data = contract.canonical(contract.parse(data, max_bytes=_MAX_DATA))
            except contract.Malformed as error:
                raise EngineError(f"the policy data are not JSON as we accept it: {error}") from error
    if not data.startswith(b"{"):
        raise EngineError("the policy data are no JSON object; build them with mcp-opa")
    return b'{"mcp":{"policy":' + data + b"}}"


def _is_canonical(data: bytes) -> bool:
    """Quicker than parsing strictly, and as sure: a text that comes back as it was hides nothing."""
    try:
        return contract.canonical(json.loads(data)) == data
    except (ValueError, RecursionError):
        return False


@contextmanager
def _no_collection() -> Iterator[None]:
    """Python's garbage collector looks a large document through over and over while it is read: most of the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _answer(raw: bytes) -> Answer:
    """The value in `[{"result": …}]`: if what stands between is one JSON value, the whole is one result."""
    if raw == b"[]":
        return Answer(cause=Cause.UNDEFINED, detail="the policy has no answer to this question")
    if not (raw.startswith(_BEFORE) and raw.endswith(_BEHIND)):
        return Answer(cause=Cause.MALFORMED, detail="the policy's answer is not one result")
    try:
        return Answer(contract.parse(raw[len(_BEFORE) : -len(_BEHIND)]))
    except contract.Malformed as error:
        return Answer(cause=Cause.MALFORMED, detail=f"the policy's answer is not JSON as we accept it: {error}")
