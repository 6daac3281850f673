"""Files as a user names them: read with a sentence when that fails, written whole or not at all."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import click

from mcp_opa import bundle, contract, gate, policy
from mcp_opa.model import Json
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.embedded import EmbeddedOpa
from mcp_opa.signature import SignatureError, Signer, Verifier

GZIP = b"\x1f\x8b"
_MAX_JSON = 16 * 1024 * 1024
_MAX_FILE = 64 * 1024 * 1024


class Failure(click.ClickException):
    """A user's mistake; status 2."""

    exit_code = 2


def read(path: str) -> bytes:
    """The bytes of a file, or of standard input for `-`; of what never ends, no more than a policy can have."""
    try:
        with click.open_file(path, "rb") as file:
            raw: bytes = file.read(_MAX_FILE + 1)
    except (OSError, ValueError) as error:
        raise Failure(f"{path}: {getattr(error, 'strerror', None) or error}") from error
    if len(raw) > _MAX_FILE:
        raise Failure(f"{path}: has more than {_MAX_FILE} bytes, which is more than is read")
    return raw


def json_value(text: str, what: str) -> Json:
    """The JSON that an option holds, or the file that it names after an `@`."""
    raw = read(text[1:]) if text.startswith("@") else text.encode("utf-8", "surrogateescape")
    try:
        return contract.parse(raw, max_bytes=_MAX_JSON)
    except contract.Malformed as error:
        raise Failure(f"{what}: {error}; give JSON, or @ and the name of a file that holds it") from error


def data(path: str, verifier: Verifier | None = None) -> Mapping[str, Json]:
    """The sealed data of a policy in YAML or of a bundle; with a verifier, of a bundle that it verifies."""
    try:
        return gate.load_data(Path(path), verifier=verifier)
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or error}") from error
    except policy.PolicyError as error:
        raise Failure(problems(error)) from error
    except bundle.BundleError as error:
        raise Failure(f"{path}: {error}") from error


def verifier(path: str, *, key_id: str | None = None, scope: str = "") -> Verifier:
    """What verifies bundles by the public key in a file."""
    try:
        return Verifier(read(path), key_id=key_id, scope=scope)
    except SignatureError as error:
        raise Failure(f"{path}: {error}") from error


def signer(path: str, *, key_id: str | None, scope: str) -> Signer:
    """What signs bundles with the private key in a file."""
    try:
        return Signer(read(path), key_id=key_id, scope=scope)
    except SignatureError as error:
        raise Failure(f"{path}: {error}") from error


def known_actor(actor: str, policy_data: Mapping[str, Json]) -> None:
    """See that the policy names this actor, or every call would be refused. Raises `click.UsageError`."""
    actors = sorted(policy_data["actors"])
    if actor not in actors:
        raise click.UsageError(f"--actor: the policy has no {actor}; it has {', '.join(actors) or 'none'}")


def document(path: str) -> policy.Policy:
    """A policy in YAML, converted."""
    raw = read(path)
    if raw.startswith(GZIP):
        raise Failure(f"{path}: is a bundle; name the policy in YAML that it was built from")
    try:
        return policy.convert(raw, path)
    except policy.PolicyError as error:
        raise Failure(problems(error)) from error


def engine(sealed: Mapping[str, Json]) -> EmbeddedOpa:
    """The embedded engine with this policy data."""
    try:
        return EmbeddedOpa(contract.canonical(sealed))
    except EngineError as error:
        raise click.ClickException(str(error)) from error


def problems(error: policy.PolicyError) -> str:
    """Everything that is wrong with a policy, and how many problems that is."""
    count = len(error.problems)
    return f"{error}\n{count} error{'s' if count > 1 else ''}; nothing was converted"


def write(path: Path, content: bytes, *, private: bool = False) -> None:
    """Put a file in its place, whole or not at all; a private one for its owner alone, or as the one it replaces."""
    part = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    mode = 0o600 if private else 0o666
    try:
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
            if private and path.exists():
                _resemble(file.fileno(), path.stat())
        os.replace(part, path)  # noqa: PTH105 (the same on every platform)
    except OSError as error:
        with suppress(OSError):
            part.unlink()
        raise Failure(f"{path}: {error.strerror or error}") from error


def _resemble(file: int, other: os.stat_result) -> None:
    """Give a file another's mode, and its owner and group, without whom who reads it couldn't any more."""
    os.fchmod(file, other.st_mode & 0o777)
    own = os.fstat(file)
    if (own.st_uid, own.st_gid) != (other.st_uid, other.st_gid):
        os.fchown(file, other.st_uid, other.st_gid)
