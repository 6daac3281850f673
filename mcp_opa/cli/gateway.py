"""`mcp-opa gateway`: the policy between an MCP client and a server, neither of which has to know of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from mcp_opa.cli import configured, live

if TYPE_CHECKING:
    from mcp_opa.gate import Gate
    from mcp_opa.pdp import PolicyDecisionPoint
    from mcp_opa.pep.child import Child

_EXAMPLE = """\b
Examples:
  mcp-opa gateway --policy policy.yaml --actor agent --server-id time -- mcp-server-time
  mcp-opa gateway --policy policy.yaml --listen 127.0.0.1:8080 --upstream URL --api-keys keys.yaml"""


@click.command(epilog=_EXAMPLE)
@click.option("--policy", metavar="FILE", help="A policy in YAML, or a bundle.")
@click.option("--actor", help="Who calls over stdio: whoever starts this command.")
@click.option("--server-id", help="What the policy calls the server.")
@click.option("--audit", metavar="FILE", help="Append the record to this file.  [default: standard error]")
@live.options
@configured.options
@click.argument("server", nargs=-1, metavar="[-- COMMAND [ARGUMENT]...]")
def command(config: str | None, server: tuple[str, ...], **given: Any) -> None:  # noqa: ANN401 (of each option its type)
    """Start the server that COMMAND names, and stand between it and the client on standard input and output.

    Or, with --listen and --upstream, stand between clients and a server over Streamable HTTP.

    Statuses: 0 the client has left, 1 the server ended first, 2 usage or a policy that does not convert.
    """
    if config is None and given["listen"] is None and given["upstream"] is None:
        _over_stdio(server, **given)
        return
    found = configured.stated(config, {**given, "server": server})
    if found.stdio is None:
        configured.run(found)
    else:
        _relay(found.stdio.command, found.stdio.actor, found.server_id, partial(configured.gate, found))


def _over_stdio(
    server: tuple[str, ...],
    policy: str | None,
    actor: str | None,
    server_id: str | None,
    audit: str | None,
    **given: Any,  # noqa: ANN401 (of each option its type)
) -> None:
    if not server or actor is None:
        raise click.UsageError("say who calls with --actor, and after -- the server's command; or use --listen")
    opa = {name: given.pop(name) for name in ("opa", "deadline", "token_file", "ca", "cert", "key")}
    if idle := [name for name, value in given.items() if value not in (None, (), False)]:
        raise click.UsageError(f"--{idle[0].replace('_', '-')} is about a gateway over HTTP; take it out")
    _relay(server, actor, server_id, partial(_gate, policy, actor, opa, audit))


def _relay(server: tuple[str, ...], actor: str, server_id: str | None, made: Callable[[], Gate]) -> None:
    """Relay between standard input and output and a server that is started; the gate is made meanwhile."""
    import anyio

    from mcp_opa.pep.child import serve

    async def relay(child: Child) -> bool:
        gate = await anyio.to_thread.run_sync(made)
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


def _gate(policy: str | None, actor: str, opa: dict[str, Any], audit: str | None) -> Gate:
    """The gate; imported and made while the server starts."""
    from mcp_opa.audit import JsonLines
    from mcp_opa.cli import files
    from mcp_opa.gate import Gate
    from mcp_opa.pep import stdio  # noqa: F401 (ready when the gate is)

    engine: PolicyDecisionPoint | None = live.engine(policy, **opa)
    if engine is None:
        data = files.data(policy or "")
        files.known_actor(actor, data)
        engine = files.engine(data)
    try:
        return Gate(engine, audit=None if audit is None else JsonLines(audit), inline=opa["opa"] is None)
    except OSError as error:
        raise files.Failure(f"{audit}: {error.strerror or error}") from error
