"""A relay on the embedded engine, before a server that is written into the test."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import anyio
import pytest

from mcp_opa import bundle, contract, policy, shipped
from mcp_opa.audit import Record
from mcp_opa.gate import Gate
from mcp_opa.model import Answer as EngineAnswer
from mcp_opa.model import Cause, Json, Question, Subject
from mcp_opa.pdp import PolicyDecisionPoint
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pep.message import Answer, Request, Result, failure
from mcp_opa.pep.relay import Caller, Lost, Relay

POLICY = """
version: 1
rate_limits: {limited: {max_calls_per_minute: 1}}
actors:
  - id: agent
    allowed_tools: [read_file, slow, limited]
    resources: ["file:///docs/**"]
    prompts: [greet]
    constraints:
      read_file: {allowed_paths: ["docs/**"]}
      slow: {access: read, allowed_paths: ["docs/**"], timeout_seconds: 1}
      limited: {access: read, allowed_paths: ["docs/**"]}
  - id: other
    allowed_tools: [slow]
    constraints:
      slow: {access: read, allowed_paths: ["docs/**"]}
"""
SCHEMA = {"type": "object", "properties": {"path": {"type": "string"}}, "required": ["path"]}
TOOLS = [{"name": name, "inputSchema": SCHEMA, "x": 1} for name in ("read_file", "hidden", "slow", "limited")]
AGENT = Caller(Subject("agent", auth_method="process"), "session")
OTHER = Caller(Subject("other", auth_method="process"), "session")
STATELESS = {"io.modelcontextprotocol/protocolVersion": "2026-07-28"}


class Kept:
    """A log in memory that can be told to fail."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.failing_after: int | None = None

    def write(self, record: Record) -> None:
        if self.failing_after is not None and len(self.records) >= self.failing_after:
            raise OSError("disk full")
        self.records.append(record)

    def events(self) -> list[tuple[str, str, str | None]]:
        """Of each record the event, then the decision and its cause, or the status."""
        return [(record.event, record.policy_decision, record.status or record.cause) for record in self.records]


@dataclass
class Server:
    """Answers by method; keeps what it was asked. A callable answers, or raises, itself."""

    answers: dict[str, Json] = field(default_factory=dict)
    asked: list[Request] = field(default_factory=list)
    cancelled: list[Request] = field(default_factory=list)

    async def request(self, request: Request) -> Answer:
        self.asked.append(request)
        answer = self.answers.get(request.method)
        if callable(answer):
            answer = answer(request)
        if answer is None:
            return failure(request.id, -32601, "Method not found")
        if answer == "never":
            try:
                await anyio.sleep_forever()
            except anyio.get_cancelled_exc_class():
                self.cancelled.append(request)
                raise
        if answer == "lost":
            raise Lost("The server is lost.")
        return Result(request.id, answer)

    def methods(self) -> list[str]:
        return [request.method for request in self.asked]


class Silent:
    """An engine that is away."""

    def ask(self, question: Question, document: bytes) -> EngineAnswer:  # noqa: ARG002 (the port's)
        return EngineAnswer(cause=Cause.UNAVAILABLE, detail="away")


@pytest.fixture(scope="session")
def engine() -> EmbeddedOpa:
    sealed = bundle.seal(policy.convert(POLICY, "policy.yaml").data, shipped.rego_digest())
    return EmbeddedOpa(contract.canonical(sealed))


@pytest.fixture
def log() -> Kept:
    return Kept()


@pytest.fixture
def server() -> Server:
    return Server({"tools/list": {"tools": TOOLS}, "tools/call": {"content": [{"type": "text", "text": "done"}]}})


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def relay_on(log: Kept) -> Iterator[Callable[[PolicyDecisionPoint], Relay]]:
    gates: list[Gate] = []

    def made(engine: PolicyDecisionPoint) -> Relay:
        gates.append(Gate(engine, audit=log))
        return Relay(gates[-1], server_id="files")

    yield made
    for gate in gates:
        gate.close()


@pytest.fixture
def relay(relay_on: Callable[[PolicyDecisionPoint], Relay], engine: EmbeddedOpa) -> Relay:
    return relay_on(engine)
