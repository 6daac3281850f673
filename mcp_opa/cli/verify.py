"""`mcp-opa verify`: whether OPA would take a bundle under a key."""

from __future__ import annotations

import click

from mcp_opa import bundle
from mcp_opa.cli import files


@click.command(epilog="Example: mcp-opa verify bundle.tar.gz --key signing.pub")
@click.argument("path", metavar="BUNDLE")
@click.option("--key", metavar="FILE", required=True, help="The public key (PEM).")
@click.option("--key-id", metavar="ID", help="The name that the signature must give its key.")
@click.option("--scope", default="", help="The scope that the signature must state; without this, none.")
def command(path: str, key: str, key_id: str | None, scope: str) -> None:
    """Verify that BUNDLE is whole and was signed with the pair of a public key.

    Statuses: 0 if it is verified, 1 if it isn't, 2 if the key can't be used or a file can't be read.
    """
    verifier = files.verifier(key, key_id=key_id, scope=scope)
    raw = files.read(path)
    try:
        revision = bundle.read(raw, verifier=verifier).data["revision"]
    except bundle.BundleError as error:
        raise click.ClickException(f"{path}: {error}") from error
    click.echo(f"{path}: verified by {verifier.algorithm}, revision {revision}")
