"""`mcp-opa demo`: example policies decide on calls to real servers' tools."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import click

from mcp_opa import bundle, policy, shipped
from mcp_opa.cli import files
from mcp_opa.gate import Gate
from mcp_opa.model import Decision, Json, ToolCall

_WIDTH = 64
_NEXT = """
Every line is a test of the policy named above it, with the tool's schema as its real server gives it. Try:
  .venv/bin/mcp-opa init --template read-only -o my-policy.yaml
  .venv/bin/mcp-opa check my-policy.yaml --matrix
  .venv/bin/mcp-opa decide my-policy.yaml --actor assistant-service --tool read_file --arguments '{"path": "docs/.env"}'
  .venv/bin/mcp-opa explain read_only.path_denied"""


@click.command(epilog="Example: mcp-opa demo bundles")
@click.argument("folder", default="bundles")
def command(folder: str) -> None:
    """Run the example policies in FOLDER over their own tests.

    It shows each call, what is decided, why, and how fast. FOLDER is `bundles` in a clone of the repository.
    """
    paths = sorted(Path(folder).glob("*/policy.yaml"))
    if not paths:
        raise files.Failure(
            f"{folder}: holds no NAME/policy.yaml; run this in a clone of mcp-opa, or name such a folder"
        )
    schemas = dict(_schemas(Path(folder) / "tools"))
    took: list[float] = []
    for path in paths:
        document = files.document(str(path))
        click.echo(f"\n{click.style(path.parent.name, bold=True)}  {path}")
        gate = Gate(files.engine(bundle.seal(document.data, shipped.rego_digest())))
        for test in document.tests:
            _line(gate, _with_schema(test, schemas), took)
    click.echo(f"\n{len(took)} calls decided, the median in {sorted(took)[len(took) // 2] * 1e3:.2f} ms")
    click.echo(_NEXT)


def _line(gate: Gate, call: ToolCall, took: list[float]) -> None:
    gate.decide(call)  # the first call of a kind also compiles its schema
    began = time.perf_counter()
    decision = gate.decide(call)
    took.append(time.perf_counter() - began)
    told = f"{call.subject.id}: {call.name} {json.dumps(call.arguments, ensure_ascii=False)}"
    shown = told if len(told) <= _WIDTH else told[: _WIDTH - 1] + "…"
    effect = click.style(f"{decision.effect.value:<14}", fg="green" if decision else "red")
    click.echo(f"  {shown:<{_WIDTH}} {effect}{took[-1] * 1e3:6.2f} ms  {_because(decision)}")


def _because(decision: Decision) -> str:
    if decision or not decision.reasons:
        return decision.rule or decision.detail
    first = decision.reasons[0]
    return f"{first.code}: {shipped.rules()[first.code].title}" if first.code in shipped.rules() else first.code


def _with_schema(test: policy.Case, schemas: dict[str, Json]) -> ToolCall:
    call = test.call
    schema = call.schema or schemas.get(call.name)
    return ToolCall(call.subject, call.name, call.arguments, call.method, call.server_id, schema)


def _schemas(folder: Path) -> Iterator[tuple[str, Json]]:
    """The input schemas of real servers' tools, by the tool's name."""
    for path in sorted(folder.glob("*.tools.json")):
        for tool in json.loads(path.read_bytes())["tools"]:
            yield tool["name"], tool["inputSchema"]
