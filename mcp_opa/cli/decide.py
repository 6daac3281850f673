"""`mcp-opa decide`: the verdict on one call, or on a file of calls, line by line."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import click

from mcp_opa import contract
from mcp_opa.cli import files, live, report
from mcp_opa.gate import Gate
from mcp_opa.model import Cause, Decision, Json, Subject, ToolCall
from mcp_opa.pdp import PolicyDecisionPoint

_MAX_LINE = 8 * 1024 * 1024
_KEYS = frozenset(("id", "actor", "tool", "arguments", "server_id", "schema", "groups", "method"))
_EXAMPLE = """\b
Examples:
  mcp-opa decide policy.yaml --actor agent --tool read_file --arguments '{"path": "docs/a.md"}'
  mcp-opa decide policy.yaml --calls calls.jsonl
  mcp-opa decide --opa http://localhost:8181 --actor agent --tool read_file"""


@dataclass(frozen=True, slots=True)
class _Odd(ValueError):
    """A line that holds no call: why, and the id that it bears, if it can be read."""

    why: str
    id: Json = None


@click.command(epilog=_EXAMPLE)
@click.argument("policy", required=False)
@click.option("--actor", help="Who calls.")
@click.option("--tool", help="The tool; for another method the resource's URI or the prompt's name.")
@click.option("--arguments", default="{}", metavar="JSON|@FILE", help="The call's arguments.", show_default=True)
@click.option("--server-id", help="The MCP server that is called.")
@click.option("--group", "groups", multiple=True, help="A group that the authenticator names; may be repeated.")
@click.option("--method", default="tools/call", help="The MCP method.", show_default=True)
@click.option("--schema", metavar="JSON|@FILE", help="The tool's input schema, as its server gives it.")
@click.option(
    "--calls",
    metavar="FILE|-",
    help="JSON Lines of calls: id, actor, tool, arguments, server_id, schema, groups, method.",
)
@click.option("--verification-key", metavar="FILE", help="Take a bundle signed by this public key's pair alone.")
@click.option("--scope", help="The scope that the bundle's signature must state.")
@live.options
@click.option("--json", "as_json", is_flag=True, help="Print the decision as JSON.")
def command(  # noqa: PLR0913, PLR0917 (one parameter an option)
    policy: str | None,
    actor: str | None,
    tool: str | None,
    arguments: str,
    server_id: str | None,
    groups: tuple[str, ...],
    method: str,
    schema: str | None,
    calls: str | None,
    verification_key: str | None,
    scope: str | None,
    as_json: bool,  # noqa: FBT001
    **asked: Any,  # noqa: ANN401 (the options of `live`)
) -> None:
    """Decide on one call, or on a file of calls. POLICY is a policy in YAML or a bundle; or ask a live OPA.

    Statuses: 0 allowed, 1 could not decide, 2 usage or a policy that does not convert, 3 denied by policy; with
    --calls 0 if every call was decided, else 1.
    """
    if calls is not None and (actor or tool):
        raise click.UsageError("--calls takes who calls what from its lines; leave out --actor and --tool")
    if calls is None and (actor is None or tool is None):
        raise click.UsageError("name --actor and --tool, or a file of calls with --calls")
    if scope is not None and verification_key is None:
        raise click.UsageError("--scope is stated by a signature; name --verification-key too")
    gate = Gate(_engine(policy, verification_key, scope or "", asked))
    if calls is not None:
        sys.exit(_batch(gate, calls))
    own_schema = None if schema is None else files.json_value(schema, "--schema")
    given = files.json_value(arguments, "--arguments")
    call = ToolCall(Subject(actor or "", groups), tool or "", given, method, server_id, own_schema)
    decision = gate.preview(call)
    shown = report.as_json(decision)
    click.echo(json.dumps(shown, ensure_ascii=False) if as_json else report.as_text(shown))
    sys.exit(report.status(decision))


def _engine(policy: str | None, key: str | None, scope: str, asked: Mapping[str, Any]) -> PolicyDecisionPoint:
    server = live.engine(policy, **asked)
    if server is None:
        verifier = None if key is None else files.verifier(key, scope=scope)
        return files.engine(files.data(policy or "", verifier))
    if key is not None:
        raise click.UsageError("--verification-key is for a bundle; OPA verifies its own")
    click.get_current_context().call_on_close(server.close)
    return server


def _batch(gate: Gate, path: str) -> int:
    """Answers each line as it comes; the status."""
    undecided = 0
    for line in _lines(path):
        try:
            given_id, call = _call(line)
        except _Odd as odd:
            decision, given_id = contract.refusal("", Cause.MALFORMED, odd.why), odd.id
        else:
            decision = gate.preview(call)
        undecided += decision.cause is not Cause.POLICY
        _answer(decision, given_id)
    return report.UNDECIDED if undecided else report.ALLOWED


def _answer(decision: Decision, given_id: Json) -> None:
    shown = {**report.as_json(decision), "id": given_id}
    sys.stdout.buffer.write(json.dumps(shown, ensure_ascii=True).encode() + b"\n")
    sys.stdout.buffer.flush()


def _lines(path: str) -> Iterator[bytes]:
    """The lines that hold anything; of one over the size only so much that it can't be read."""
    try:
        with click.open_file(path, "rb") as file:
            yield from _bounded(file)
    except OSError as error:
        raise files.Failure(f"{path}: {error.strerror or error}") from error


def _bounded(file: IO[bytes]) -> Iterator[bytes]:
    while line := file.readline(_MAX_LINE + 1):
        rest = line
        while len(rest) > _MAX_LINE and not rest.endswith(b"\n"):
            rest = file.readline(_MAX_LINE + 1)
        if line.strip():
            yield line


def _call(line: bytes) -> tuple[Json, ToolCall]:
    """The call of one line, with its id. Raises `_Odd`."""
    try:
        case = contract.parse(line, max_bytes=_MAX_LINE)
    except contract.Malformed as error:
        raise _Odd(str(error), _id_of(line)) from error
    if type(case) is not dict:
        raise _Odd("a line is one JSON object")
    given_id = case.get("id")
    if unknown := sorted(case.keys() - _KEYS):
        raise _Odd(f"unknown keys: {', '.join(unknown)[:100]}; a line has {', '.join(sorted(_KEYS))}", given_id)
    groups = [] if case.get("groups") is None else case["groups"]
    method = case.get("method", "tools/call")
    texts = [case.get("actor"), case.get("tool"), method, *(groups if type(groups) is list else [None])]
    if not all(type(text) is str for text in texts):
        raise _Odd(
            "actor, tool and method are strings, groups an array of strings; actor and tool are required", given_id
        )
    if type(case.get("server_id")) not in (str, type(None)):
        raise _Odd("server_id is a string", given_id)
    subject = Subject(case["actor"], tuple(groups))
    arguments = case.get("arguments", {})
    return given_id, ToolCall(subject, case["tool"], arguments, method, case.get("server_id"), case.get("schema"))


def _id_of(line: bytes) -> Json:
    """The text or number that a line bears as its one `id`, though the line is not JSON as we accept it; else None."""
    try:
        pairs = json.loads(line, object_pairs_hook=tuple)
    except (ValueError, RecursionError):
        return None
    ids = [pair[1] for pair in pairs if pair[0] == "id"] if line.lstrip().startswith(b"{") else []
    return ids[0] if len(ids) == 1 and type(ids[0]) in {str, int} else None
