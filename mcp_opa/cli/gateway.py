"""`mcp-opa gateway`: the policy between an MCP client and a server, neither of which has to know of it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import click

from mcp_opa.cli import live

if TYPE_CHECKING:
    from mcp_opa.gate import Gate
    from mcp_opa.pep.child import Child

_EXAMPLE = """\b
Example:
  mcp-opa gateway --policy policy.yaml --actor agent --server-id time -- mcp-server-time"""


@click.command(epilog=_EXAMPLE)
@click.option("--policy", metavar="FILE", help="A policy in YAML, or a bundle.")
@click.option("--actor", required=True, help="Who calls: whoever starts this command.")
@click.option("--server-id", help="What the policy calls the server.")
@click.option("--audit", metavar="FILE", help="Append the record to this file.  [default: standard error]")
@live.options
@click.argument("server", nargs=-1, required=True, metavar="-- COMMAND [ARGUMENT]...")
def command(
    policy: str | None,
    actor: str,
    server_id: str | None,
    audit: str | None,
    server: tuple[str, ...],
    **opa: Any,  # noqa: ANN401 (of each option its type)
) -> None:
    """Start the server that COMMAND names, and stand between it and the client on standard input and output.

    Statuses: 0 the client has left, 1 the server ended first, 2 usage or a policy that does not convert.
    """
    import anyio

    from mcp_opa.pep.child import serve

    async def relay(child: Child) -> bool:
        gate = await anyio.to_thread.run_sync(_gate, policy, opa, audit)
        from mcp_opa.model import Subject
        from mcp_opa.pep.relay import Relay
        from mcp_opa.pep.stdio import Session

        try:
            return await Session(Relay(gate, server_id=server_id), Subject(actor, auth_method="process"), child).run()
        finally:
            gate.close()

    logging.basicConfig(format="mcp-opa: %(message)s", level=logging.WARNING)
    try:
        status = anyio.run(serve, server, relay)
    except OSError as error:
        raise click.UsageError(f"{server[0]}: {error.strerror or error}") from error
    if status is not None:
        raise click.ClickException(f"the server ended with status {status}")


def _gate(policy: str | None, opa: dict[str, Any], audit: str | None) -> Gate:
    """The gate; imported and made while the server starts."""
    from mcp_opa.audit import JsonLines
    from mcp_opa.cli import files
    from mcp_opa.gate import Gate
    from mcp_opa.pep import stdio  # noqa: F401 (ready when the gate is)

    engine = live.engine(policy, **opa) or files.engine(files.data(policy or ""))
    try:
        return Gate(engine, audit=None if audit is None else JsonLines(audit))
    except OSError as error:
        raise files.Failure(f"{audit}: {error.strerror or error}") from error
