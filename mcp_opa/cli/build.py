"""`mcp-opa build`: the bundle that OPA loads, signed if a key is given."""

from __future__ import annotations

from pathlib import Path

import click

from mcp_opa import bundle, shipped
from mcp_opa.cli import files

_EXAMPLE = """\b
Examples:
  mcp-opa build policy.yaml -o bundle.tar.gz && opa run -s -b bundle.tar.gz
  mcp-opa build policy.yaml --signing-key signing.key"""


@click.command(epilog=_EXAMPLE)
@click.argument("policy")
@click.option("-o", "--output", default="bundle.tar.gz", show_default=True, help="Where to put it.")
@click.option("--signing-key", metavar="FILE", help="Sign it with this private key (PEM).")
@click.option("--key-id", metavar="ID", help="The name by which readers know the key.")
@click.option("--scope", help="What readers must ask for to take it.")
def command(policy: str, output: str, signing_key: str | None, key_id: str | None, scope: str | None) -> None:
    """Make the bundle of POLICY: the reviewed Rego and the policy's data, the same bytes every time.

    A signature by an EC key (ES256) differs each time.
    """
    if signing_key is None and (key_id, scope) != (None, None):
        raise click.UsageError("--key-id and --scope are stated by a signature; name --signing-key too")
    signer = None if signing_key is None else files.signer(signing_key, key_id=key_id, scope=scope or "")
    data = bundle.seal(files.document(policy).data, shipped.rego_digest())
    content = bundle.build(data, shipped.rego(), signer=signer)
    files.write(Path(output), content)
    signed = f", signed by {signer.algorithm}" if signer else ""
    click.echo(f"{output}: {len(content)} bytes, revision {data['revision']}{signed}")
