"""The gateway as one document: what it stands before, who may come, what decides, where the record goes.

Guarantees: closed and frozen; what is odd, missing or without effect is an error with its place, all at once, and a
door that would be open to others without TLS or without a proof of who calls is one of them. Names of files are taken
from the document's own folder. It opens none of them and holds no secret.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from mcp_opa.model import Json
from mcp_opa.pep.places import FOLDER, File, Hosts, Inner, Keys, Listen, Origins, Redis, Text, Texts, Url, loopback
from mcp_opa.policy import reader, words
from mcp_opa.policy.fit import editor_schema, fitted
from mcp_opa.policy.node import Page
from mcp_opa.policy.words import fault


class ConfigError(ValueError):
    """A gateway that can't be; the message says everything that is wrong, where, and how to mend it."""


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, strict=True, use_attribute_docstrings=True, hide_input_in_errors=True
    )


class Opa(_Part):
    """An OPA that decides, beside the gateway."""

    address: str
    """`http://host:port`, `https://host:port` or `unix:/path/of/its.sock`."""
    deadline_seconds: Annotated[float, Field(gt=0, le=60)] = 1.0
    """Seconds for one question, all of it."""
    token_file: File | None = None
    """A file with the bearer token that OPA wants."""
    ca: File | None = None
    """Whom to trust as OPA, in PEM."""
    cert: File | None = None
    """The client certificate that OPA wants, in PEM; with its `key`."""
    key: File | None = None
    """The private key of `cert`."""


class Stdio(_Part):
    """One client, on standard input and output; the gateway starts the server."""

    actor: words.Id
    """Who calls: whoever starts the gateway."""
    command: Annotated[Texts, Field(min_length=1)]
    """The server's command and its arguments."""


class Jwt(_Part):
    """The tokens that are taken: what their issuer, and nobody else, signed for this gateway."""

    issuer: Text
    """The tokens' `iss`, letter for letter."""
    audience: Text
    """What `aud` must be, or have among its values."""
    jwks: Keys
    """The issuer's keys: a file, or their address (https, or http on loopback)."""
    ca: File | None = None
    """Whom to trust as the keys' server, in PEM, instead of those that are widely trusted."""
    subject_claim: Text = "sub"
    """The claim that names the actor."""
    groups_claim: Text | None = None
    """The claim that lists groups. Not stated: tokens give none."""
    scopes: Texts = ()
    """Scopes that each token must have."""
    resource: Url | None = None
    """The URL that clients reach the gateway by. Not stated: the audience, if that is a URL."""

    @model_validator(mode="after")
    def _used(self) -> Self:
        if self.ca is not None and "://" not in self.jwks:
            raise fault("`ca` is about a server of keys, and these are in a file", "take out `ca`")
        return self


class Tls(_Part):
    """The gateway's own certificate."""

    cert: File
    """The certificate with those between it and its authority, in PEM."""
    key: File
    """Its private key."""


class Upstream(_Part):
    """The server that calls are passed on to."""

    url: Url
    """Its address, as a client would be given it."""
    ca: File | None = None
    """Whom to trust as the server, in PEM, instead of those that are widely trusted."""
    token_file: File | None = None
    """A file with the gateway's own bearer token for the server; what clients show never gets there."""


class Http(_Part):
    """Many clients, over Streamable HTTP."""

    listen: Listen
    """`host:port` for clients."""
    upstream: Upstream
    """The server behind the gateway."""
    tls: Tls | None = None
    """The gateway's certificate; beyond loopback it needs one."""
    insecure: bool = False
    """Listen beyond loopback without TLS: where something before the gateway, or a closed network, sees to that."""
    health: Inner | None = None
    """`host:port` on loopback for `/live` and `/ready`."""
    hosts: Hosts = ()
    """Names that clients may call the gateway by in `Host`, beside the one it listens at."""
    origins: Origins = ()
    """Web pages of other places that may call, by their `Origin`."""
    api_keys: File | None = None
    """The file that says whose API keys are whose."""
    jwt: Jwt | None = None
    """The tokens that are taken."""

    @model_validator(mode="after")
    def _closed(self) -> Self:
        if self.api_keys is None and self.jwt is None:
            raise fault("nothing says who may call", "name a file under `api_keys`, or an issuer under `jwt`")
        if not (loopback(self.listen) or self.tls or self.insecure):
            raise fault(
                f"{self.listen} can be reached by others, and keys and tokens would cross the network in clear",
                "add `tls` with `cert` and `key`; or `insecure: true` where something else sees to that",
            )
        return self


class Bounds(_Part):
    """How much may pass: bytes at once, and calls."""

    message_bytes: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)] = 4 * 1024 * 1024
    """Of one message of a client."""
    result_bytes: Annotated[int, Field(ge=1024, le=1024 * 1024 * 1024)] = 64 * 1024 * 1024
    """Of one result of the server."""
    calls: Annotated[int, Field(ge=1, le=256)] = 128
    """Of one actor, under way at once. Of all actors together 256 are decided at once."""


class GatewayConfig(_Part):
    """A gateway before one MCP server."""

    policy: File | None = None
    """The policy in YAML, or its bundle; or else `opa`."""
    verification_key: File | None = None
    """A public key: then the policy must be a bundle that its pair signed."""
    opa: Opa | None = None
    """The OPA that decides, instead of a policy here."""
    server_id: words.Id | None = None
    """What the policy calls the server."""
    audit: File | None = None
    """The file that records are appended to. Not stated: standard error."""
    redis: Redis | None = None
    """Where calls are counted, as `redis://host:6379`, if several gateways share rate limits."""
    bounds: Bounds = Bounds()
    """How much may pass; for `http`."""
    stdio: Stdio | None = None
    """For one client that starts the gateway; or else `http`."""
    http: Http | None = None
    """For many clients."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.policy is None) is (self.opa is None):
            raise fault("exactly one of `policy` and `opa` decides", "write one of the two")
        if self.verification_key is not None and self.policy is None:
            raise fault("`verification_key` is about a policy here, and there is none", "take it out")
        if (self.stdio is None) is (self.http is None):
            raise fault("clients come by exactly one of `stdio` and `http`", "write one of the two")
        if self.stdio is not None and "bounds" in self.model_fields_set:
            raise fault("`bounds` are of a gateway over `http`; over stdio they are fixed", "take it out")
        return self


def parse(raw: bytes, name: str, folder: str | Path) -> GatewayConfig:
    """The gateway that a document states; `name` is its file's, for messages. Raises `ConfigError`."""
    root, problems = reader.read(raw, name)
    config, misfits = (None, []) if root is None else fitted(Page(name, root), GatewayConfig)
    if root is None or config is None or problems:
        raise ConfigError("\n".join(map(str, sorted({*problems, *misfits}))))
    return GatewayConfig.model_validate(root.value, context={FOLDER: str(folder)})


def load(path: str | Path) -> GatewayConfig:
    """The gateway that a file states. Raises `OSError` and `ConfigError`."""
    with Path(path).open("rb") as file:
        raw = file.read(reader.MAX_BYTES + 1)
    return parse(raw, str(path), Path(path).absolute().parent)


def stated(values: Mapping[str, Json]) -> GatewayConfig:
    """The gateway that options of a command line state, in the document's shape. Raises `ConfigError`."""
    try:
        return GatewayConfig.model_validate(values)
    except ValidationError as error:
        told = []
        for each in error.errors(include_url=False, include_input=False):
            context = each.get("ctx", {})
            what = f"{context['message']}; {context['mend']}" if each["type"] == "policy" else each["msg"]
            told.append(": ".join(filter(None, (".".join(map(str, each["loc"])), what))))
        raise ConfigError("\n".join(told)) from error


def schema() -> Json:
    """The JSON Schema of the document, for editors."""
    return editor_schema(GatewayConfig, "mcp-opa gateway")
