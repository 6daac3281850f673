"""`mcp-opa test`: the tests that policies carry."""

from __future__ import annotations

import json
import sys

import click

from mcp_opa import bundle, policy, shipped
from mcp_opa.cli import files, report
from mcp_opa.gate import Gate
from mcp_opa.model import Decision, Json


@click.command(epilog="Example: mcp-opa test policy.yaml")
@click.argument("policies", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON.")
def command(policies: tuple[str, ...], as_json: bool) -> None:  # noqa: FBT001
    """Run the `tests:` of each of POLICIES, each against its own policy.

    Statuses: 0 if all pass, 1 if one fails or there is none, 2 for a policy that does not convert.
    """
    loaded = [(path, files.document(path)) for path in policies]
    results = [result for path, document in loaded for result in _run(path, document)]
    failed = [result for result in results if result["why"]]
    if as_json:
        click.echo(json.dumps(results, ensure_ascii=False))
    else:
        for result in results:
            click.echo(_text(result))
        click.echo(f"{len(results) - len(failed)} passed, {len(failed)} failed")
    for path, document in loaded:
        if not document.tests:
            click.echo(f"{path}: has no tests; add some under `tests:`", err=True)
    sys.exit(1 if failed or not all(document.tests for _, document in loaded) else 0)


def _run(path: str, document: policy.Policy) -> list[dict[str, Json]]:
    gate = Gate(files.engine(bundle.seal(document.data, shipped.rego_digest())))
    found: list[dict[str, Json]] = []
    for test in document.tests:
        decision = gate.preview(test.call)
        found.append({"policy": path, "test": test.id, "expect": test.expect, "why": _why(test, decision)})
        found[-1]["decision"] = report.as_json(decision)
    return found


def _why(test: policy.Case, decision: Decision) -> str:
    """What is not as the test expects; empty if all is."""
    codes = [reason.code for reason in (*decision.reasons, *decision.would_deny)] or [decision.cause.value]
    verdict = "allow" if decision else "deny"
    if verdict != test.expect:
        return f"expected {test.expect}, got {decision.effect.value} ({', '.join(decision.permits or codes)})"
    if test.reason and test.reason not in codes:
        return f"expected the reason {test.reason}, got {', '.join(codes)}"
    return "" if decision or decision.cause.value == "policy" else f"could not decide: {decision.detail}"


def _text(result: dict[str, Json]) -> str:
    if not result["why"]:
        return f"{click.style('ok', fg='green')}    {result['policy']}  {result['test']}"
    return f"{click.style('FAIL', fg='red', bold=True)}  {result['policy']}  {result['test']}\n      {result['why']}"
