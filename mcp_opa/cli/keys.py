"""`mcp-opa keys`: makes the keys that other verbs ask for.

Guarantees: a private key is readable by its owner alone from its first byte on, and no file is ever replaced.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from mcp_opa.cli import files

_RSA_BITS = 3072


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
