"""`mcp-opa check`: everything that is wrong with policies, and what a reviewer would ask."""

from __future__ import annotations

import json
import sys

import click

from mcp_opa import policy
from mcp_opa.cli import files
from mcp_opa.policy import matrix


@click.command(epilog="Example: mcp-opa check policy.yaml --matrix")
@click.argument("policies", nargs=-1, required=True)
@click.option("--matrix", "show_matrix", is_flag=True, help="Print who may do what.")
@click.option("--json", "as_json", is_flag=True, help="Print problems and rows as JSON.")
def command(policies: tuple[str, ...], show_matrix: bool, as_json: bool) -> None:  # noqa: FBT001
    """Say what is wrong with each of POLICIES (they are independent), and what a reviewer would ask.

    Statuses: 0 if every policy converts, with or without warnings; else 2.
    """
    found = [_checked(path) for path in policies]
    if as_json:
        click.echo(json.dumps([_json(path, result, show_matrix) for path, result in found], ensure_ascii=False))
    else:
        for path, result in found:
            click.echo(_text(path, result, show_matrix), err=isinstance(result, str))
    sys.exit(2 if any(isinstance(result, policy.PolicyError | str) for _, result in found) else 0)


def _checked(path: str) -> tuple[str, policy.Policy | policy.PolicyError | str]:
    """The policy, everything that is wrong with it, or why it can't be read."""
    try:
        return path, policy.convert(files.read(path), path)
    except policy.PolicyError as error:
        return path, error
    except files.Failure as failure:
        return path, failure.message


def _text(path: str, result: policy.Policy | policy.PolicyError | str, show_matrix: bool) -> str:  # noqa: FBT001
    if isinstance(result, str):
        return result
    if isinstance(result, policy.PolicyError):
        return files.problems(result)
    lines = [f"warning: {warning}" for warning in result.warnings]
    if show_matrix:
        lines += _table(result)
    count = len(result.warnings)
    return "\n".join([*lines, f"{path}: converts, {count} warning{'' if count == 1 else 's'}"])


def _json(path: str, result: policy.Policy | policy.PolicyError | str, show_matrix: bool) -> dict[str, object]:  # noqa: FBT001
    errors = result.problems if isinstance(result, policy.PolicyError) else ()
    shown: dict[str, object] = {"policy": path, "errors": [_problem(problem) for problem in errors]}
    if isinstance(result, str):
        shown["errors"] = [{"file": path, "message": result}]
    if isinstance(result, policy.Policy):
        shown["warnings"] = [_problem(problem) for problem in result.warnings]
        if show_matrix:
            shown["matrix"] = [{name: getattr(row, name) for name in row.__slots__} for row in matrix.rows(result.data)]
    return shown


def _problem(problem: policy.Problem) -> dict[str, object]:
    return {name: getattr(problem, name) for name in problem.__slots__}


def _table(result: policy.Policy) -> list[str]:
    """The matrix in columns."""
    rows = [(row.actor, row.via or "-", row.tool, row.access, row.scope) for row in matrix.rows(result.data)]
    columns = [("ACTOR", "GROUP", "TOOL", "ACCESS", "SCOPE"), *rows]
    widths = [max(len(row[index]) for row in columns) for index in range(4)]
    return [
        "  ".join([*(cell.ljust(width) for cell, width in zip(row, widths, strict=False)), row[4]]) for row in columns
    ]
