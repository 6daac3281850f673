"""A gateway as a document or options state it: its gate, and its run.

Guarantees: of two ways to say one thing, one is taken and the other is a mistake.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mcp_opa.cli import live

if TYPE_CHECKING:
    from mcp_opa.gate import Gate
    from mcp_opa.pdp import PolicyDecisionPoint
    from mcp_opa.pep.config import GatewayConfig

_OPTIONS = [
    click.option("--config", metavar="FILE", help="A document that states all of it; then no other option is needed."),
    click.option("--listen", metavar="HOST:PORT", help="Serve clients over HTTP here."),
    click.option("--upstream", metavar="URL", help="The server over HTTP."),
    click.option("--upstream-token-file", metavar="F", help="The gateway's own bearer token for the server."),
    click.option("--upstream-ca", metavar="F", help="Whom to trust as the server, in PEM."),
    click.option("--api-keys", metavar="FILE", help="Which API key is whose."),
    click.option("--jwt-issuer", metavar="URL", help="Take tokens of this issuer."),
    click.option("--jwt-audience", metavar="TEXT", help="What a token's aud must be."),
    click.option("--jwt-jwks", metavar="FILE|URL", help="The issuer's keys."),
    click.option("--jwt-ca", metavar="F", help="Whom to trust as the keys' server, in PEM."),
    click.option("--jwt-groups-claim", metavar="NAME", help="The claim that lists groups."),
    click.option("--jwt-scope", metavar="NAME", multiple=True, help="A scope that tokens must have."),
    click.option("--jwt-resource", metavar="URL", help="The URL that clients reach the gateway by."),
    click.option("--tls-cert", metavar="F", help="The gateway's certificate, in PEM."),
    click.option("--tls-key", metavar="F", help="Its private key."),
    click.option("--insecure", is_flag=True, help="Listen beyond loopback without TLS."),
    click.option("--health", metavar="HOST:PORT", help="Tell /live and /ready here, on loopback."),
    click.option("--host", metavar="NAME", multiple=True, help="A name that clients may call the gateway by."),
    click.option("--origin", metavar="URL", multiple=True, help="A web page that may call."),
    click.option("--redis", metavar="URL", help="Where gateways count calls together."),
]
_Command = TypeVar("_Command", bound=Callable[..., Any])
_DOCUMENT = {
    "upstream": "http.upstream.url",
    "upstream_token_file": "http.upstream.token_file",
    "upstream_ca": "http.upstream.ca",
    **{name: f"http.{name}" for name in ("listen", "api_keys", "insecure", "health")},
    **{f"jwt_{name}": f"http.jwt.{name}" for name in ("issuer", "audience", "jwks", "ca", "groups_claim", "resource")},
    "jwt_scope": "http.jwt.scopes",
    "tls_cert": "http.tls.cert",
    "tls_key": "http.tls.key",
    "host": "http.hosts",
    "origin": "http.origins",
    "opa": "opa.address",
    "deadline": "opa.deadline_seconds",
    **{name: f"opa.{name}" for name in ("token_file", "ca", "cert", "key")},
    **{name: name for name in ("policy", "server_id", "audit", "redis")},
}
"""Where in the document an option's value stands."""


def options(command: _Command) -> _Command:
    """Give a command the options that a document states too."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def stated(config: str | None, given: dict[str, Any]) -> GatewayConfig:
    """The gateway that a document, or else options, state. Raises `files.Failure` and `click.UsageError`."""
    from mcp_opa.cli import files
    from mcp_opa.pep.config import ConfigError, load
    from mcp_opa.pep.config import stated as from_options

    said = {name: value for name, value in given.items() if value not in (None, (), False)}
    if config is not None and said:
        raise click.UsageError(f"--config states all of it; take out {', '.join(map(_option, said))}")
    try:
        return load(config) if config is not None else from_options(_nested(said))
    except OSError as error:
        raise files.Failure(f"{config}: {error.strerror or error}") from error
    except ConfigError as error:
        raise files.Failure(str(error)) from error


def run(config: GatewayConfig) -> None:
    """Serve over HTTP until a signal comes."""
    import anyio

    from mcp_opa.auth import AuthError
    from mcp_opa.cli import files
    from mcp_opa.pep.config import ConfigError
    from mcp_opa.pep.http.gateway import serve

    logging.basicConfig(format="mcp-opa: %(message)s", level=logging.WARNING)
    made = gate(config)
    try:
        anyio.run(serve, config, made, lambda url: click.echo(f"mcp-opa: {url}", err=True))
    except (ConfigError, AuthError) as error:
        raise files.Failure(str(error)) from error
    finally:
        made.close()


def gate(config: GatewayConfig) -> Gate:
    """The gate that a configuration states. Raises `files.Failure`."""
    from mcp_opa.audit import JsonLines
    from mcp_opa.cli import files
    from mcp_opa.gate import Gate
    from mcp_opa.limits import RateLimiter

    engine = _engine(config)
    try:
        audit = None if config.audit is None else JsonLines(config.audit)
        limiter = None if config.redis is None else RateLimiter(config.redis)
        inline = config.stdio is not None and config.opa is None and config.redis is None
        return Gate(engine, audit=audit, limiter=limiter, inline=inline)
    except OSError as error:
        raise files.Failure(f"{config.audit}: {error.strerror or error}") from error
    except ValueError as error:
        raise files.Failure(str(error)) from error


def _engine(config: GatewayConfig) -> PolicyDecisionPoint:
    from mcp_opa.cli import files

    if config.opa is None:
        key = config.verification_key
        data = files.data(config.policy or "", None if key is None else files.verifier(key))
        if config.stdio is not None:
            files.known_actor(config.stdio.actor, data)
        return files.engine(data)
    opa = config.opa
    return live.server(
        opa.address, deadline=opa.deadline_seconds, token_file=opa.token_file, ca=opa.ca, cert=opa.cert, key=opa.key
    )


def _nested(said: dict[str, Any]) -> dict[str, Any]:
    """The options in the document's shape."""
    document: dict[str, Any] = {}
    for name, value in said.items():
        if name not in _DOCUMENT:
            raise click.UsageError(f"{_option(name)} is about a server that the gateway starts; take it out")
        *parts, last = _DOCUMENT[name].split(".")
        place = document
        for part in parts:
            place = place.setdefault(part, {})
        place[last] = list(value) if isinstance(value, tuple) else value
    return document


def _option(name: str) -> str:
    return "COMMAND" if name == "server" else f"--{name.replace('_', '-')}"
