"""`mcp-opa demo`: example policies decide on calls to real servers' tools.

Guarantees: what is shown was decided just now, by the engine that decides everywhere, with the tool's schema as its
real server gives it. No server is started.
"""

from __future__ import annotations

import json
import shutil
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import click

from mcp_opa import bundle, policy, shipped
from mcp_opa.cli import files
from mcp_opa.gate import Gate
from mcp_opa.model import Decision, Json, ToolCall
from mcp_opa.policy.problem import shortened

_PACKAGE = Path(__file__).parent.parent
_PLACES = (_PACKAGE / "shipped" / "examples", _PACKAGE.parent / "bundles")
"""Where the examples are: in an installed package, and in a clone."""
_WIDTH = 72
_NEXT = """
Each call is a test of the policy named above it, with the tool's schema as its real server gives it. Try next:
  {command} init --template read-only -o my-policy.yaml
  {command} check my-policy.yaml --matrix
  {command} decide my-policy.yaml --actor assistant-service --tool read_file --arguments '{{"path": "docs/.env"}}'
  {command} explain read_only.path_denied"""


@click.command(epilog="Example: mcp-opa demo")
@click.argument("folder", required=False)
def command(folder: str | None) -> None:
    """Run example policies over their own tests: ours, or those of FOLDER (FOLDER/NAME/policy.yaml).

    It shows each call, what is decided, why, and how long that took.
    """
    home = Path(folder) if folder else next((place for place in _PLACES if place.is_dir()), _PLACES[-1])
    paths = sorted(home.glob("*/policy.yaml"))
    if not paths:
        raise files.Failure(f"{home}: holds no NAME/policy.yaml; name a folder that does")
    schemas = dict(_schemas(home / "tools"))
    took = [seconds for path in paths for seconds in _run(path, schemas)]
    if took:
        click.echo(f"\n{len(took)} calls decided, the median in {sorted(took)[len(took) // 2] * 1e3:.2f} ms")
    click.echo(_NEXT.format(command="mcp-opa" if shutil.which("mcp-opa") else sys.argv[0]))


def _run(path: Path, schemas: dict[str, Json]) -> list[float]:
    """Shows one policy's calls; the seconds that each decision took."""
    document = files.document(str(path))
    gate = Gate(files.engine(bundle.seal(document.data, shipped.rego_digest())))
    click.echo(f"\n{click.style(path.parent.name, bold=True)}  {_near(path)}")
    click.echo(f"  {'CALL':<{_WIDTH}}  VERDICT           TIME  REASON")
    return [_line(gate, _with_schema(test, schemas)) for test in document.tests]


def _near(path: Path) -> Path:
    """The path from where the user stands, if it lies below."""
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def _line(gate: Gate, call: ToolCall) -> float:
    gate.preview(call)  # the first call of a kind also compiles its schema
    began = time.perf_counter()
    decision = gate.preview(call)
    seconds = time.perf_counter() - began
    told = f"{call.subject.id}: {call.name} {_arguments(call.arguments)}".rstrip()
    effect = click.style(f"{decision.effect.value:<13}", fg="green" if decision else "red")
    click.echo(f"  {shortened(told, _WIDTH):<{_WIDTH}}  {effect}{seconds * 1e3:6.2f} ms  {_because(decision)}")
    return seconds


def _arguments(arguments: Json) -> str:
    """The arguments in few characters: texts as they are, the rest as JSON."""
    if not isinstance(arguments, dict):
        return json.dumps(arguments, ensure_ascii=False)
    values = {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in arguments.items()}
    return " ".join(f"{name}={value}" for name, value in values.items())


def _because(decision: Decision) -> str:
    rule = shipped.rules().get(decision.rule)
    return f"{decision.rule}: {rule.title}" if rule and not decision else decision.rule or decision.detail


def _with_schema(test: policy.Case, schemas: dict[str, Json]) -> ToolCall:
    call = test.call
    return call if call.schema is not None else replace(call, schema=schemas.get(call.name))


def _schemas(folder: Path) -> Iterator[tuple[str, Json]]:
    """The input schemas of real servers' tools, by the tool's name."""
    for path in sorted(folder.glob("*.tools.json")):
        for tool in json.loads(path.read_bytes())["tools"]:
            yield tool["name"], tool["inputSchema"]
