"""`mcp-opa wrap`: the gateway put before the servers of a client's configuration."""

from __future__ import annotations

import difflib
import hashlib
import os
import secrets
import shutil
import stat
import sys
from contextlib import suppress
from pathlib import Path

import click

from mcp_opa.audit import redaction
from mcp_opa.cli import files
from mcp_opa.clients import wrapping
from mcp_opa.clients.config import Config, Unreadable, parse, printable

_BACKUP = "before-mcp-opa"


@click.command(epilog="Example: mcp-opa wrap ~/.cursor/mcp.json --policy policy.yaml")
@click.argument("config", type=click.Path())
@click.option("--policy", default="policy.yaml", show_default=True, help="The policy, in YAML or as a bundle.")
@click.option("--actor", help="Who the client is to the policy.  [default: its only actor]")
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@click.option("--undo", is_flag=True, help="Take the gateway away again.")
def command(config: str, policy: str, actor: str | None, dry_run: bool, undo: bool) -> None:  # noqa: FBT001
    """Put the gateway before each server of a client's configuration CONFIG.

    The configuration as it was is kept beside it; --undo puts those very bytes back. Statuses: 0 every server is behind
    the gateway, 1 some are not, 2 usage, or a configuration that can't be changed.
    """
    path = Path(config).resolve()  # a link stays a link
    raw = files.read(str(path))
    if undo:
        _undo(path, raw, dry_run=dry_run)
        return
    read = _parsed(path, raw)
    changes = wrapping.wrapped(read, _gateway(policy, actor))
    if not changes:
        raise files.Failure(f"{path}: names no MCP servers; they stand under mcpServers, or servers")
    names = [printable(change.entry.name) for change in changes]
    for name, change in zip(names, changes, strict=True):
        become = "wrapped" if change.words else f"left as it is: {change.why}"
        click.echo(f"{name:{max(map(len, names))}}  {become}")
    for name in dict.fromkeys(name for name in names if _ambiguous(name, changes)):
        click.echo(f"{name}: several servers have this name, and the policy can't tell them apart")
    _change(path, raw, read, changes, dry_run=dry_run)
    if outside := sum(not change.gated for change in changes):
        raise click.ClickException(f"{outside} of {len(changes)} servers are not behind the gateway")


def _ambiguous(name: str, changes: list[wrapping.Change]) -> bool:
    return len({change.words for change in changes if change.words and change.entry.name == name}) > 1


def _change(path: Path, raw: bytes, read: Config, changes: list[wrapping.Change], *, dry_run: bool) -> None:
    """Write the configuration anew, and what it was beside it."""
    new = _written(path, raw, read, changes)
    if new == raw:
        return
    _show(path, raw, new)
    if dry_run:
        return
    backup = _backup(path, new)
    _replace(path, raw, backup, raw)
    _replace(path, raw, path, new)
    click.echo(f"{path}: written; the old one is {backup.name}; restart the client")


def _undo(path: Path, raw: bytes, *, dry_run: bool) -> None:
    """Put back what was there, or take the gateway out of what has changed since."""
    backup = _backup(path, raw)
    read = _parsed(path, raw)
    old = files.read(str(backup)) if backup.exists() else _written(path, raw, read, wrapping.unwrapped(read))
    if old == raw:
        raise files.Failure(f"{path}: has no server behind the gateway")
    _show(path, raw, old)
    if dry_run:
        return
    _replace(path, raw, path, old)
    with suppress(OSError):
        backup.unlink()
    click.echo(f"{path}: as it was; restart the client")
    if left := len(wrapping.unwrapped(_parsed(path, old))):
        click.echo(f"{left} servers are behind the gateway still, as they were before it was wrapped last")


def _written(path: Path, raw: bytes, read: Config, changes: list[wrapping.Change]) -> bytes:
    if not any(change.words for change in changes):
        return raw
    if not read.json:
        raise files.Failure(f"{path}: is TOML, which is not written; put the gateway before each command by hand")
    try:
        return wrapping.written(raw, changes)
    except wrapping.Lossy as error:
        raise files.Failure(f"{path}: {error}; move it, or write the change by hand") from error


def _parsed(path: Path, raw: bytes) -> Config:
    try:
        return parse(raw)
    except Unreadable as error:
        raise files.Failure(f"{path}: {error}; nothing was changed") from error


def _gateway(policy: str, actor: str | None) -> wrapping.Gateway:
    """The gateway with a policy that converts and an actor that it names."""
    data = files.data(policy)
    actors = sorted(data["actors"])
    if actor is None and len(actors) != 1:
        raise click.UsageError(f"--actor: name one of the policy's actors: {', '.join(actors) or 'it has none'}")
    if actor is not None:
        files.known_actor(actor, data)
    return wrapping.Gateway(_program(), str(Path(policy).resolve()), actor or actors[0])


def _program() -> str:
    """This very program, by its whole path."""
    beside = Path(sys.executable).with_name("mcp-opa")
    found = str(beside) if beside.exists() else shutil.which("mcp-opa")
    if found is None:
        raise files.Failure("mcp-opa is not on PATH; install it where clients can start it: uv tool install mcp-opa")
    return found


def _show(path: Path, old: bytes, new: bytes) -> None:
    """Print what changes, without the secrets that stand in it."""
    before, after = (text.decode("utf-8", "replace").splitlines() for text in (old, new))
    for line in difflib.unified_diff(before, after, str(path), str(path), n=0, lineterm=""):
        click.echo(printable(redaction.excerpt(line.expandtabs())))


def _backup(path: Path, written: bytes) -> Path:
    """Where the configuration lies that was replaced by these bytes."""
    return path.with_name(f"{path.name}.{_BACKUP}-{hashlib.sha256(written).hexdigest()[:16]}")


def _replace(path: Path, known: bytes, target: Path, content: bytes) -> None:
    """Put a file in its place whole, for the same readers as the configuration, if that is still as it was read."""
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}")
    try:
        of = path.stat()
        if not of.st_mode & stat.S_IWUSR:
            raise files.Failure(f"{path}: is read-only; nothing was changed")
        with open(part, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            os.fchown(file.fileno(), of.st_uid, of.st_gid)
            os.fchmod(file.fileno(), stat.S_IMODE(of.st_mode))
            file.write(content)
        if files.read(str(path)) != known:
            raise files.Failure(f"{path}: was changed meanwhile; nothing was written; try again")
        os.replace(part, target)  # noqa: PTH105 (the same on every platform)
    except OSError as error:
        raise files.Failure(f"{target}: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
