"""One run of a call that was allowed: how long it may take, how it ended, how much it gave.

Guarantees: an outcome is there however the run ended. A run in an event loop is cancelled at its deadline; another can
only be found late when it ends, and then `Overrun` keeps its result from being used.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator, Sized
from contextlib import asynccontextmanager, contextmanager

from mcp_opa.gate.denied import Overrun
from mcp_opa.model import Decision, Json, Outcome, Status


class Execution:
    """What runs. Put the result into `result`; say `failed` if the tool itself reports a failure."""

    def __init__(self, decision: Decision) -> None:
        self.decision = decision
        self.result: object = None
        self.outcome = Outcome(Status.ERROR, "it never ended")
        self._failure: str | None = None

    def failed(self, error: str) -> None:
        """The tool ran, and says that it failed."""
        self._failure = error

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Time what runs inside. Raises `Overrun` at its end if it was late."""
        began = time.monotonic()
        try:
            yield
        except BaseException as error:
            self._end(began, Status.ERROR, spelled(error))
            raise
        limit = self.decision.obligations.timeout_seconds
        if limit is not None and time.monotonic() - began > limit:
            self._late(began)
        self._end(began)

    @asynccontextmanager
    async def awatched(self) -> AsyncIterator[None]:
        """Time what runs inside, and cancel it when its time is over. Raises `Overrun`."""
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.decision.obligations.timeout_seconds) as limit:
                with self.watched():
                    yield
        except TimeoutError:
            if not limit.expired():
                raise
            self._late(began)

    def _late(self, began: float) -> None:
        overrun = Overrun(self.decision)
        self._end(began, Status.TIMEOUT, overrun.message)
        raise overrun from None

    def _end(self, began: float, status: Status | None = None, error: str = "") -> None:
        if status is None:
            status = Status.SUCCESS if self._failure is None else Status.FAILURE
            error = self._failure or ""
        milliseconds = round((time.monotonic() - began) * 1000, 3)
        self.outcome = Outcome(status, error, milliseconds, _measured(self.result))


def _measured(result: object) -> dict[str, Json]:
    """What kind of thing a result is, and its size: bytes of a text, else the number of its parts."""
    if result is None:
        return {}
    measured: dict[str, Json] = {"type": type(result).__name__}
    if isinstance(result, str):
        return measured | {"bytes": len(result.encode("utf-8", "replace"))}
    if isinstance(result, bytes | bytearray):
        return measured | {"bytes": len(result)}
    return measured | {"items": len(result)} if isinstance(result, Sized) else measured


def spelled(error: BaseException) -> str:
    """What an exception is and says."""
    try:
        return f"{type(error).__name__}: {error}".removesuffix(": ")
    except Exception:  # noqa: BLE001 (an exception may fail to speak)
        return type(error).__name__
