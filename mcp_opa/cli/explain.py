"""`mcp-opa explain`: what a code means, and what to do about it."""

from __future__ import annotations

import difflib
import json
from dataclasses import asdict

import click

from mcp_opa import shipped
from mcp_opa.cli import files


@click.command(epilog="Example: mcp-opa explain read_only.path_denied")
@click.argument("code", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
def command(code: str | None, as_json: bool) -> None:  # noqa: FBT001
    """Say what CODE means, when it is given and what to do about it; without CODE, list all codes."""
    rules = shipped.rules()
    if code is None:
        width = max(map(len, rules))
        click.echo("\n".join(f"{name.ljust(width)}  {rule.title}" for name, rule in sorted(rules.items())))
        return
    if code not in rules:
        near = difflib.get_close_matches(code, rules, n=1)
        mend = f"did you mean {near[0]}?" if near else "`mcp-opa explain` lists all codes"
        raise files.Failure(f"{code}: no such code; {mend}")
    click.echo(
        json.dumps({"code": code, **asdict(rules[code])}, ensure_ascii=False) if as_json else _text(code, rules[code])
    )


def _text(code: str, rule: shipped.Rule) -> str:
    parts = {
        "means": rule.description,
        "fix": rule.fix,
        "example": rule.example,
        "roll-out": "LOG_AND_ALLOW lets the call run and records this" if rule.monitor else "",
        "controls": ", ".join(rule.controls),
    }
    lines = [f"{label:<10}{' '.join(text.split())}" for label, text in parts.items() if text]
    return "\n".join([f"{click.style(code, bold=True)}  {rule.title}", *lines])
