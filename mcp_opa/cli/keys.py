"""`mcp-opa keys`: makes the keys that other verbs ask for.

Guarantees: a private key is readable by its owner alone from its first byte on, and its file replaces none; an API key
is shown once and kept nowhere, and the file of their hashes is whole at every moment.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from pathlib import Path

import click

from mcp_opa.cli import files

_RSA_BITS = 3072
_PREFIX = "mcpopa_"
"""By which whoever looks for leaked secrets knows a key."""


@click.group(epilog="Example: mcp-opa keys signing")
def command() -> None:
    """Make keys."""


@command.command(
    short_help="The pair that signs and verifies bundles.", epilog="Example: mcp-opa keys signing -o signing"
)
@click.option(
    "--algorithm",
    type=click.Choice(["RS256", "ES256", "EdDSA"]),
    default="RS256",
    show_default=True,
    help="What the pair signs by.",
)
@click.option("-o", "--output", "name", default="signing", show_default=True, help="Writes NAME.key and NAME.pub.")
def signing(algorithm: str, name: str) -> None:
    """Make a pair of keys: NAME.key signs bundles, NAME.pub verifies them.

    ES256 signs the same bundle otherwise each time. OPA takes EdDSA from `opa run --verification-key` alone, not in the
    keys of its configuration.
    """
    private, public = _pair(algorithm)
    secret, known = Path(f"{name}.key"), Path(f"{name}.pub")
    _create(secret, private, 0o600)
    try:
        _create(known, public, 0o644)
    except files.Failure:
        secret.unlink()
        raise
    click.echo(f"{secret}: the private key; keep it where bundles are built, and nowhere else")
    click.echo(f"{known}: the public key, for whoever verifies")


@command.command(short_help="An API key of a caller's.", epilog="Example: mcp-opa keys new content-agent > agent.key")
@click.argument("actor")
@click.option("--file", "name", default="keys.yaml", show_default=True, help="Where its hash is added.")
@click.option("--expires", metavar="DATE", help="From when on it isn't taken, as 2027-01-31.")
@click.option("--group", "groups", multiple=True, help="A group that it puts the caller in; may be repeated.")
def new(actor: str, name: str, expires: str | None, groups: tuple[str, ...]) -> None:
    """Make an API key for ACTOR, print it, and add its hash to the gateway's file.

    The key is shown this once. An actor may have several: add the new one, give it out, then take the old one out.
    """
    from mcp_opa.auth import AuthError
    from mcp_opa.auth.key_file import METHOD, Key
    from mcp_opa.auth.key_writing import moment, with_key
    from mcp_opa.model import Subject

    shown = f"{_PREFIX}{secrets.token_urlsafe(32)}"
    path = Path(name)
    try:
        until = moment(expires) if expires else None
        key = Key(hashlib.sha256(shown.encode()).digest(), Subject(actor, groups, METHOD), until)
        made = with_key(files.read(name) if path.exists() else b"", name, key, expires)
    except AuthError as error:
        raise files.Failure(str(error)) from error
    files.write(path.resolve(), made, private=True)
    click.echo(shown)
    click.echo(f"{name}: has its hash; the key itself, above, is kept nowhere: give it to {actor}", err=True)


def _pair(algorithm: str) -> tuple[bytes, bytes]:
    """A private key and its public one, in PEM."""
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
    except ImportError as error:
        raise files.Failure(f"keys need more than is installed ({error}): pip install 'mcp-opa[signing]'") from error
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
    if algorithm == "EdDSA":
        key = ed25519.Ed25519PrivateKey.generate()
    elif algorithm == "ES256":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(65537, _RSA_BITS)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, public


def _create(path: Path, content: bytes, mode: int) -> None:
    """Write a file that isn't there yet."""
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
    except FileExistsError as error:
        raise files.Failure(f"{path}: is there already, and no key is replaced; name another with -o") from error
    except OSError as error:
        raise files.Failure(f"{path}: {error.strerror or error}") from error
