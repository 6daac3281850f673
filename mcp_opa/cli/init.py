"""`mcp-opa init`: a policy to start from."""

from __future__ import annotations

from pathlib import Path

import click

from mcp_opa import contract, policy, shipped
from mcp_opa.cli import files
from mcp_opa.policy import start

_TEMPLATES = ("read-only", "scoped-write", "deny-by-default")


@click.command(epilog="Example: mcp-opa init --template read-only -o policy.yaml")
@click.option("--template", type=click.Choice(_TEMPLATES), help="One of the kit's shapes.")
@click.option(
    "--from-tools", metavar="FILE|-", help="What a server answers to tools/list, as JSON: grants reading alone."
)
@click.option(
    "-o", "--output", default="policy.yaml", show_default=True, help="Where to put it; - for standard output."
)
@click.option("--force", is_flag=True, help="Replace a file that is there.")
def command(template: str | None, from_tools: str | None, output: str, force: bool) -> None:  # noqa: FBT001
    """Write a commented policy that passes `check`.

    Deny by default, unless a template or a server's tools are named.
    """
    if template and from_tools:
        raise click.UsageError("--template and --from-tools are two ways to start; choose one")
    text = _proposed(from_tools) if from_tools else shipped.templates()[template or "deny-by-default"]
    if output == "-":
        click.echo(text, nl=False)
        return
    if Path(output).exists() and not force:
        raise files.Failure(f"{output}: is there already; name another with -o, or say --force to replace it")
    files.write(Path(output), text.encode())
    click.echo(f"{output}: written; next: mcp-opa check {output}")


def _proposed(path: str) -> str:
    try:
        text = start.from_tools(start.tools_of(contract.parse(files.read(path))))
    except ValueError as error:
        raise files.Failure(f"{path}: {error}") from error
    policy.convert(text)
    return text
