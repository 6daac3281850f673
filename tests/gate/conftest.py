"""Gates on the embedded engine, with a log and a limiter that tests can look into and break."""

from collections.abc import Callable
from pathlib import Path

import pytest

from mcp_opa import bundle, contract, policy, shipped
from mcp_opa.audit import Record
from mcp_opa.gate import Gate
from mcp_opa.model import Subject, ToolCall
from mcp_opa.pdp.embedded import EmbeddedOpa

POLICY = """
contact: security@example.com
audit: {alert_on_deny: true}
rate_limits: {write_file: {max_calls_per_minute: 2}}
actors:
  - id: agent
    allowed_tools: [read_file, write_file, slow]
    constraints:
      read_file: {allowed_paths: ["docs/**"]}
      write_file: {allowed_paths: ["drafts/**"]}
      slow: {access: read, allowed_paths: ["docs/**"], timeout_seconds: 1}
"""
AGENT = Subject("agent", auth_method="api_key")
READ = ToolCall(AGENT, "read_file", {"path": "docs/a.md"})
REFUSED = ToolCall(AGENT, "read_file", {"path": "etc/passwd"})
WRITE = ToolCall(AGENT, "write_file", {"path": "drafts/a.md", "content": "x"})
SLOW = ToolCall(AGENT, "slow", {"path": "docs/a.md"})


class Kept:
    """A log in memory that can be told to fail."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.failing: Exception | None = None

    def write(self, record: Record) -> None:
        if self.failing:
            raise self.failing
        self.records.append(record)

    def events(self) -> list[tuple[str, str, str | None]]:
        return [(record.event, record.policy_decision, record.status) for record in self.records]


@pytest.fixture
def log() -> Kept:
    return Kept()


@pytest.fixture(scope="session")
def engine() -> EmbeddedOpa:
    sealed = bundle.seal(policy.convert(POLICY, "policy.yaml").data, shipped.rego_digest())
    return EmbeddedOpa(contract.canonical(sealed))


@pytest.fixture
def gate(engine: EmbeddedOpa, log: Kept) -> Gate:
    return Gate(engine, audit=log)


@pytest.fixture
def tool(tmp_path: Path) -> Callable[[str], str]:
    """A tool that leaves a trace: `.ran` says how often it ran."""

    def touch(path: str) -> str:
        with (tmp_path / "ran").open("a") as trace:
            trace.write(f"{path}\n")
        return f"content of {path}"

    return touch
