"""One fault put to a real gate: an engine, a gate and a guarded tool on one side, the faulty server on the other.

Guarantees: the tool that is guarded really does something (it writes a file), so whether it ran is seen, not believed;
nothing of a trial outlives it, or the trial says so.
"""

from __future__ import annotations

import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from mcp_opa.audit import Record
from mcp_opa.gate import Denied, Gate
from mcp_opa.model import Question
from mcp_opa.pdp.server import OpaServer, Tls
from tests.faults import certificates
from tests.faults.fault import Fault, Transport
from tests.faults.server import Server

DEADLINE = 1.0
SECRET = "correct-horse-battery-staple"  # noqa: S105 (it is none: it must not turn up where it would be one)
"""An argument of the call."""


@dataclass(frozen=True)
class Trial:
    """What came of one fault."""

    record: Record
    """Of the decision."""
    outcomes: int
    """How many records of what came of it were written."""
    message: str
    """What the client was told; nothing if the call ran."""
    seconds: float
    ran: bool
    ran_after: bool
    """Whether the next call ran, with the fault gone."""
    asked: int
    """How often the question at fault came to the server."""
    strayed: int
    """How many connections there were to a place that the server named."""
    flooded: int
    """How many bytes of a body without end were taken."""
    left: int
    """How many threads and open files there are more than before."""


class Log:
    """Keeps what it is told to write."""

    def __init__(self) -> None:
        self.records: list[Record] = []

    def write(self, record: Record) -> None:
        self.records.append(record)


class Scene:
    """A server that answers as it is told, and a gate that asks it."""

    def __init__(self, folder: Path, transport: Transport, pinned: str | None, deadline: float) -> None:
        tls = Tls(ca=folder / "ca.pem") if transport is Transport.TLS else None
        certificates.authority().cert_pem.write_to_path(str(folder / "ca.pem"))
        self.elsewhere = Server()
        self.server = Server(
            tls=certificates.good() if tls else None,
            path=folder / "opa.sock" if transport is Transport.UNIX else None,
            elsewhere=self.elsewhere.address,
        )
        self.engine = OpaServer(self.server.address, deadline_seconds=deadline, tls=tls, expected_revision=pinned)
        self.log = Log()
        self.gate = Gate(self.engine, audit=self.log)
        self._folder = folder

    def tool(self, name: str) -> Callable[[], str]:
        """A tool behind the gate: it leaves a file of its name. Calling it gives what a client is told."""

        @self.gate.guard(name, actor="agent")
        def write(content: str) -> None:
            (self._folder / name).write_text(content)

        def call() -> str:
            try:
                write(SECRET)
            except Denied as denied:
                return denied.message
            return ""

        return call

    def ran(self, name: str) -> bool:
        """Whether the tool has run."""
        return (self._folder / name).exists()

    def close(self) -> None:
        """End it all."""
        self.engine.close()
        self.gate.close()
        self.server.close()
        self.elsewhere.close()


def tried(fault: Fault, at: Question, *, transport: Transport | None = None, deadline: float = DEADLINE) -> Trial:
    """What the gate makes of a fault at one question, and of the next call."""
    before = held()
    with tempfile.TemporaryDirectory() as name:
        scene = Scene(Path(name), transport or fault.transport, fault.pinned, deadline)
        try:
            scene.server.misbehave(fault, at)
            began = time.monotonic()
            message = scene.tool("first")()
            seconds = time.monotonic() - began
            record, *outcomes = scene.log.records
            asked = scene.server.asked
            scene.server.mend()
            scene.tool("second")()
        finally:
            scene.close()
        ran, ran_after = scene.ran("first"), scene.ran("second")
    strayed, flooded = scene.elsewhere.connections, scene.server.flooded
    return Trial(
        record=record,
        outcomes=len(outcomes),
        message=message,
        seconds=seconds,
        ran=ran,
        ran_after=ran_after,
        asked=asked,
        strayed=strayed,
        flooded=flooded,
        left=left(before),
    )


def held() -> int:
    """How many threads and open files this process has."""
    return threading.active_count() + len(list(Path("/dev/fd").iterdir()))


def left(before: int) -> int:
    """How many more there are than before; what is about to end (a timer of the rate limiter's) may take a second."""
    patience = time.monotonic() + 1
    while held() > before and time.monotonic() < patience:
        time.sleep(0.001)
    return max(0, held() - before)
