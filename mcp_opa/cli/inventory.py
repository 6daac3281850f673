"""`mcp-opa inventory`: the MCP servers that clients on this machine use, and what they lay open."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mcp_opa.cli import files
from mcp_opa.clients import exposure, places
from mcp_opa.clients.config import Entry, Unreadable, parse, printable
from mcp_opa.model import Json

if TYPE_CHECKING:
    from mcp_opa.clients.asking import Tools


@dataclass(frozen=True, slots=True)
class _Row:
    """One server of one configuration."""

    path: Path
    entry: Entry
    open: exposure.Exposure


@click.command(epilog="Example: mcp-opa inventory ~/projects/shop")
@click.argument("paths", nargs=-1, type=click.Path())
@click.option("--ask", is_flag=True, help="Start or reach each server, and ask it for its tools. Runs their commands.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def command(paths: tuple[str, ...], ask: bool, as_json: bool) -> None:  # noqa: FBT001
    """List the MCP servers that clients' configurations name.

    PATHS are configurations, or projects' folders; without any, those of your home and of the folder that you are in.
    Statuses: 0 listed, 1 some configuration can't be read, 2 usage.
    """
    found = _named(paths) if paths else [*places.of_user(Path.home()), *places.of_project(Path())]
    rows: list[_Row] = []
    unread: dict[str, str] = {}
    for path in dict.fromkeys(path.resolve() for path in found):
        try:
            rows += [_Row(path, entry, exposure.of(entry)) for entry in parse(files.read(str(path))).entries]
        except Unreadable as error:
            unread[str(path)] = str(error)
        except files.Failure as error:
            unread[str(path)] = error.message.removeprefix(f"{path}: ")
    tools = _asked(rows) if ask else None
    if as_json:
        shown = [_shown(row, tools[place] if tools else None) for place, row in enumerate(rows)]
        click.echo(json.dumps({"servers": shown, "unread": unread}, indent=2, ensure_ascii=False))
    else:
        _print(rows, unread, tools)
    if unread:
        click.get_current_context().exit(1)


def _named(paths: tuple[str, ...]) -> list[Path]:
    found: list[Path] = []
    for path in map(Path, paths):
        found += places.of_project(path) if path.is_dir() else [path]
    return found


def _asked(rows: list[_Row]) -> list[Tools]:
    try:
        from mcp_opa.clients import asking
    except ImportError as error:
        raise files.Failure(f"--ask needs more than is installed ({error}): pip install 'mcp-opa[mcp]'") from error
    return asking.ask([row.entry for row in rows])


def _shown(row: _Row, tools: Tools | None) -> dict[str, Json]:
    shown: dict[str, Json] = {"config": str(row.path), "name": row.entry.name, **asdict(row.open)}
    return (
        shown | {"odd": row.entry.odd} | ({} if tools is None else {"tools": list(tools.names), "error": tools.error})
    )


def _print(rows: list[_Row], unread: dict[str, str], tools: list[Tools] | None) -> None:
    table = [("SERVER", "TRANSPORT", "AUTH", "TLS", "GATE")]
    table += [
        (
            printable(row.entry.name),
            row.open.transport,
            _word(row.open.authentication),
            _word(row.open.tls),
            _word(row.open.gated),
        )
        for row in rows
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    for place, row in enumerate(rows):
        if place == 0 or rows[place - 1].path != row.path:
            click.echo(printable(str(row.path)))
            click.echo("  " + _line(table[0], widths))
        click.echo("  " + _line(table[place + 1], widths))
        for note in _notes(row, tools[place] if tools else None):
            click.echo(f"    {note}")
    for path, why in unread.items():
        click.echo(printable(f"{path}: {why}"), err=True)
    if not rows and not unread:
        click.echo("no MCP servers found; name a client's configuration, or a project's folder")


def _notes(row: _Row, tools: Tools | None) -> list[str]:
    notes = [
        ("odd", row.entry.odd),
        ("command", row.open.command),
        ("public URL" if row.open.public else "URL", row.open.url),
        ("secrets", ", ".join(row.open.secrets)),
        ("paths", ", ".join(row.open.paths)),
        ("tools", ", ".join(tools.names) if tools else ""),
        ("no tools", tools.error if tools else ""),
    ]
    return [f"{name}: {printable(text)}" for name, text in notes if text]


def _word(fact: bool | None) -> str:  # noqa: FBT001
    return {True: "yes", False: "no", None: "-"}[fact]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    return "  ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()
