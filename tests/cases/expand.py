"""The table of cases, read and expanded: what `opa test`, the embedded engine and a live OPA all run.

`python tests/cases/expand.py DIRECTORY` writes one JSON document a table: `{"cases": {TABLE: {"policy": data, "cases":
[{"case", "input", "expected"}]}}}`. The input documents are those that the gate really sends.
"""

import json
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mcp_opa import bundle, contract, policy, shipped
from mcp_opa.gate import Gate
from mcp_opa.model import Answer, Decision, Question, Reason, Subject, ToolCall
from mcp_opa.pdp import PolicyDecisionPoint
from mcp_opa.pdp.embedded import EmbeddedOpa

HERE = Path(__file__).parent
NOW = 1_790_000_000
"""2026-09-21: when the calls are made, unless a case says otherwise."""


@dataclass(frozen=True)
class Case:
    """One row: the call, what is expected of it, and the input document that the gate sends for it."""

    name: str
    call: ToolCall
    time: int
    expected: dict[str, Any]

    def gate(self, engine: PolicyDecisionPoint) -> Gate:
        return Gate(engine, clock=lambda: float(self.time))


@dataclass(frozen=True)
class Table:
    """One policy with its rows; `data` is what it converts to."""

    name: str
    data: dict[str, Any]
    cases: tuple[Case, ...]


class Overheard:
    """An engine that remembers the last document it was asked to decide on."""

    def __init__(self, engine: PolicyDecisionPoint) -> None:
        self._engine = engine
        self.document = b""

    def ask(self, question: Question, document: bytes) -> Answer:
        if question is Question.DECISION:
            self.document = document
        return self._engine.ask(question, document)


@cache
def tables() -> tuple[Table, ...]:
    return tuple(_table(path) for path in sorted(HERE.glob("*.yaml")))


def embedded(table: Table) -> EmbeddedOpa:
    return EmbeddedOpa(contract.canonical(table.data))


def document(case: Case, engine: PolicyDecisionPoint) -> dict[str, Any]:
    """The input document that the gate sends for a case."""
    overheard = Overheard(engine)
    case.gate(overheard).preview(case.call, request_id=case.name)
    sent: dict[str, Any] = json.loads(overheard.document)
    return sent


def verdict(decision: Decision) -> dict[str, Any]:
    """What a row compares: everything but the source lines, the permit and the revision."""
    return {
        "effect": decision.effect.value,
        "reasons": _spelled(decision.reasons),
        "would_deny": _spelled(decision.would_deny),
        "cause": decision.cause.value,
    }


def expected(case: Case, decision: Decision) -> dict[str, Any]:
    """The row's expectation, completed by what it leaves open from the decision itself."""
    found = verdict(decision)
    rows: dict[str, Any] = {
        key: sorted(set(case.expected[key])) for key in ("reasons", "would_deny") if key in case.expected
    }
    open_reasons = case.expected["expect"] == "DENY" and "reasons" not in rows
    closed: dict[str, Any] = {"reasons": found["reasons"]} if open_reasons and found["reasons"] else {"reasons": []}
    return {"would_deny": [], "cause": "policy", **closed, **rows, "effect": case.expected["expect"]}


def _spelled(reasons: tuple[Reason, ...]) -> list[str]:
    """Without repeats: several grants may say the same of one argument."""
    return sorted({f"{reason.code} {reason.argument or ''}".strip() for reason in reasons})


def _table(path: Path) -> Table:
    read = yaml.safe_load(path.read_text("utf-8"))
    text = read["policy"]
    if "\n" not in text:
        text = (HERE / text).read_text("utf-8")
    data = bundle.seal(policy.convert(text, path.name).data, shipped.rego_digest())
    return Table(path.stem, data, tuple(_case(row, read) for row in read["cases"]))


def _case(row: dict[str, Any], table: dict[str, Any]) -> Case:
    subject = Subject(row.get("actor", table["actor"]), tuple(row.get("groups", ())), "api_key")
    call = ToolCall(
        subject,
        row["tool"],
        row.get("arguments", {}),
        method=row.get("method", "tools/call"),
        server_id=row.get("server_id", table.get("server_id")),
        schema=row.get("schema"),
    )
    return Case(row["case"], call, row.get("time", NOW), row)


def main(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    for table in tables():
        engine = embedded(table)
        rows = [
            {
                "case": case.name,
                "input": document(case, engine),
                "expected": {key: case.expected.get(key) for key in ("expect", "reasons", "would_deny")},
            }
            for case in table.cases
        ]
        written = {"cases": {table.name: {"policy": table.data, "cases": rows}}}
        (directory / f"{table.name}.json").write_bytes(contract.canonical(written))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
