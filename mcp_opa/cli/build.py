"""`mcp-opa build`: the bundle that OPA loads."""

from __future__ import annotations

from pathlib import Path

import click

from mcp_opa import bundle, shipped
from mcp_opa.cli import files


@click.command(epilog="Example: mcp-opa build policy.yaml -o bundle.tar.gz && opa run -s -b bundle.tar.gz")
@click.argument("policy")
@click.option("-o", "--output", default="bundle.tar.gz", show_default=True, help="Where to put it.")
def command(policy: str, output: str) -> None:
    """Make the bundle of POLICY: the reviewed Rego and the policy's data, the same bytes every time."""
    data = bundle.seal(files.document(policy).data, shipped.rego_digest())
    content = bundle.build(data, shipped.rego())
    files.write(Path(output), content)
    click.echo(f"{output}: {len(content)} bytes, revision {data['revision']}")
