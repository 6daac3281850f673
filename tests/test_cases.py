"""The table of cases, on every engine."""

import dataclasses
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mcp_opa import bundle, shipped
from mcp_opa.gate import Gate
from mcp_opa.model import Decision
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.pdp.server import OpaServer
from tests.cases import expand

ROOT = Path(__file__).parent.parent
ROWS = [(table, case) for table in expand.tables() for case in table.cases]


@pytest.fixture(scope="module")
def engines() -> dict[str, EmbeddedOpa]:
    return {table.name: expand.embedded(table) for table in expand.tables()}


@pytest.mark.parametrize(("table", "case"), ROWS, ids=[f"{table.name}: {case.name}" for table, case in ROWS])
def test_the_embedded_engine_decides_as_the_table_says(
    table: expand.Table, case: expand.Case, engines: dict[str, EmbeddedOpa]
) -> None:
    decision = case.gate(engines[table.name]).preview(case.call, request_id=case.name)
    assert expand.verdict(decision) == expand.expected(case, decision)
    obligations = dataclasses.asdict(decision.obligations)
    stated = case.expected.get("obligations", {})
    assert {key: obligations[key] for key in stated} == stated


def test_every_case_has_a_name_of_its_own() -> None:
    names = [(table.name, case.name) for table, case in ROWS]
    assert len(set(names)) == len(names)


@pytest.mark.live
def test_opa_test_decides_as_the_table_says(opa: str, tmp_path: Path) -> None:
    expand.main(tmp_path)
    command = [
        opa,
        "test",
        "--timeout",
        "300s",
        "--fail-on-empty",
        "--format",
        "json",
        "rego",
        "tests/cases/cases_test.rego",
        str(tmp_path),
    ]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=300)
    assert run.stdout, run.stderr
    results = [test for test in json.loads(run.stdout) if test["name"].startswith("test_case")]
    passed = [name for test in results for name, sub in test["sub_results"].items() if not sub.get("fail")]
    assert sorted(passed) == sorted(f"{table.name}: {case.name}" for table, case in ROWS)


@pytest.mark.live
def test_a_live_opa_decides_as_the_embedded_engine(
    live_opa: Callable[[Path], str], tmp_path: Path, engines: dict[str, EmbeddedOpa]
) -> None:
    different: list[Any] = []
    for table in expand.tables():
        path = tmp_path / f"{table.name}.tar.gz"
        path.write_bytes(bundle.build(table.data, shipped.rego()))
        with OpaServer(live_opa(path), deadline_seconds=10) as live:
            for case in table.cases:
                both = [_decision(case.gate(engine), case) for engine in (live, engines[table.name])]
                if both[0] != both[1]:
                    different.append((table.name, case.name, *both))
    assert different == []


def _decision(gate: Gate, case: expand.Case) -> Decision:
    return gate.preview(case.call, request_id=case.name)
