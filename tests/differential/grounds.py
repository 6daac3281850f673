"""Where the comparison of the two engines starts: policies, and calls that mean something to each of them."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from mcp_opa import bundle, policy, shipped
from mcp_opa.model import Subject, ToolCall
from tests.cases import expand

ROOT = Path(__file__).parents[2]
TOLD = "api_key"


@dataclass(frozen=True)
class Ground:
    """One policy, as the data that it converts to, with the calls of its rows or of its own tests."""

    name: str
    data: dict[str, Any]
    calls: tuple[ToolCall, ...]


@cache
def grounds() -> tuple[Ground, ...]:
    """The table's policies and the shipped examples."""
    tables = [Ground(table.name, table.data, tuple(case.call for case in table.cases)) for table in expand.tables()]
    return (*tables, *(_example(path) for path in sorted((ROOT / "bundles").glob("*/policy.yaml"))))


def _example(path: Path) -> Ground:
    read = policy.convert(path.read_bytes(), str(path))
    data = bundle.seal(read.data, shipped.rego_digest())
    return Ground(f"bundles-{path.parent.name}", data, tuple(test.call for test in read.tests))


def callers(ground: Ground) -> list[Subject]:
    """Everybody whom the policy names, each also in all groups, and somebody whom it doesn't name."""
    groups = tuple(ground.data["groups"])
    named = [Subject(name, claimed, TOLD) for name in ground.data["actors"] for claimed in ((), groups)]
    return [*named, Subject("nobody", groups, TOLD)]
