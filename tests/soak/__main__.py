"""`python -m tests.soak [--minutes N]`: calls at a fixed rate while faults strike, and what became of all of them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import anyio
import click

from tests.soak.run import soak

_MOST_TOLD = 40


@click.command()
@click.option("--minutes", type=click.FloatRange(min=0.2), default=30, show_default=True)
def main(minutes: float) -> None:
    """Soak the gateway; status 0 if nothing was wrong, lost or grew."""
    with tempfile.TemporaryDirectory() as scratch:
        found = anyio.run(soak, Path(scratch), minutes * 60, click.echo)
    click.echo(f"\n{found.table}\n")
    for name, times in found.struck.items():
        click.echo(f"{times:4} × {name}")
    for problem in found.problems[:_MOST_TOLD]:
        click.echo(f"WRONG  {problem}")
    click.echo(f"\n{len(found.problems)} problems")
    sys.exit(bool(found.problems))


if __name__ == "__main__":
    main()
