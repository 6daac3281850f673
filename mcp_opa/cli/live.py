"""The options that name a live OPA in a policy's place.

Guarantees: of a policy and an OPA exactly one is asked; an option that would have no effect is a mistake.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from mcp_opa.pdp.server import OpaServer

_SECONDS = click.FloatRange(min=0, min_open=True, max=60)
_OPTIONS = [
    click.option("--opa", metavar="URL|unix:/path", help="Ask the OPA there; then there is no POLICY."),
    click.option("--deadline", type=_SECONDS, metavar="SECONDS", help="For all of a question to OPA.  [default: 1]"),
    click.option("--token-file", metavar="F", help="The bearer token that OPA wants."),
    click.option("--ca", metavar="F", help="Whom to trust as OPA, in PEM."),
    click.option("--cert", metavar="F", help="The client certificate that OPA wants, in PEM."),
    click.option("--key", metavar="F", help="Its private key."),
]
_Command = TypeVar("_Command", bound=Callable[..., Any])


def options(command: _Command) -> _Command:
    """Give a command the options."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def engine(  # noqa: PLR0913 (one parameter an option)
    policy: str | None,
    *,
    opa: str | None,
    deadline: float | None,
    token_file: str | None,
    ca: str | None,
    cert: str | None,
    key: str | None,
) -> OpaServer | None:
    """The OPA that the options name, or None if a policy is named. Raises `click.UsageError` and `files.Failure`."""
    if (policy is None) is (opa is None):
        raise click.UsageError("name a policy, or a live OPA with --opa; one of the two")
    if opa is None:
        given = {"--deadline": deadline, "--token-file": token_file, "--ca": ca, "--cert": cert, "--key": key}
        if idle := [name for name, value in given.items() if value is not None]:
            raise click.UsageError(f"{', '.join(idle)}: about a live OPA; name it with --opa")
        return None
    return server(opa, deadline=deadline or 1.0, token_file=token_file, ca=ca, cert=cert, key=key)


def server(
    address: str, *, deadline: float, token_file: str | None, ca: str | None, cert: str | None, key: str | None
) -> OpaServer:
    """The OPA at an address. Raises `files.Failure`."""
    from mcp_opa.cli import files
    from mcp_opa.pdp import EngineError
    from mcp_opa.pdp.server import OpaServer, Tls

    tls = None if {ca, cert, key} == {None} else Tls(ca, cert, key)
    try:
        return OpaServer(address, deadline_seconds=deadline, token_file=token_file, tls=tls)
    except EngineError as error:
        raise files.Failure(str(error)) from error
