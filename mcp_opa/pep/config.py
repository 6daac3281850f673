"""The gateway as one document: what it stands before, who may come, what decides, where the record goes.

Guarantees: closed and frozen; what is odd, missing or without effect is an error with its place, all at once, and a
door that would be open to others without TLS or without a proof of who calls is one of them. Names of files are taken
from the document's own folder. It opens none of them and holds no secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    Strict,
    ValidationError,
    ValidationInfo,
    model_validator,
)

from mcp_opa.model import Json
from mcp_opa.policy import reader, words
from mcp_opa.policy.fit import editor_schema, fitted
from mcp_opa.policy.node import Page
from mcp_opa.policy.words import checked, fault

_List = Strict(strict=False)
"""Lists become tuples; their items stay strict."""
_FOLDER = "folder"
_LARGEST_PORT = 65535
_HOST = r"\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9._-]{1,253}"
_LISTEN = re.compile(rf"({_HOST}):([0-9]{{1,5}})")
_URL = re.compile(rf"https?://({_HOST})(:[0-9]{{1,5}})?(/[!-\"$-~]*)?")
_ORIGIN = re.compile(rf"https?://({_HOST})(:[0-9]{{1,5}})?")
_NAME = re.compile(rf"({_HOST})(:[0-9]{{1,5}})?")


class ConfigError(ValueError):
    """A gateway that can't be; the message says everything that is wrong, where, and how to mend it."""


def _placed(name: str, info: ValidationInfo) -> str:
    """A file's name, from the document's folder."""
    if not name or "\0" in name:
        raise fault("this is no name of a file", "write one, as `keys.yaml`; it is looked for beside this document")
    return str(Path(info.context[_FOLDER]) / name) if info.context else name


def _keys_placed(name: str, info: ValidationInfo) -> str:
    return name if "://" in name else _placed(name, info)


def _url_problem(text: str) -> str | None:
    ends = "write http://host:port/path or https://host/path, without user and password"
    return None if _URL.fullmatch(text) else f"this is no address of a server: {ends}"


def _origin_problem(text: str) -> str | None:
    return None if _ORIGIN.fullmatch(text) else "this is no origin: write `https://app.example.com`"


def _name_problem(text: str) -> str | None:
    return None if _NAME.fullmatch(text) else "this is no host: write it as clients do, `gate.example.com`"


def _listen_problem(text: str) -> str | None:
    found = _LISTEN.fullmatch(text)
    if not found or int(found[2]) > _LARGEST_PORT:
        return "this is no address to listen at: write host and port, `127.0.0.1:8080`"
    return None


def _inner_problem(text: str) -> str | None:
    if told := _listen_problem(text):
        return told
    return None if loopback(text) else "health is told on loopback alone: write `127.0.0.1:8081`"


def _redis_problem(text: str) -> str | None:
    known = text.startswith(("redis://", "rediss://", "redis+unix://"))
    return None if known else "this is no address of a Redis: write `redis://host:6379`"


def loopback(address: str) -> bool:
    """Whether `host:port` is reached from this machine alone."""
    host = address.rpartition(":")[0].strip("[]")
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


File = Annotated[str, AfterValidator(_placed)]
Keys = Annotated[str, AfterValidator(_keys_placed)]
Url = Annotated[str, checked(_url_problem, "`https://files.example.com/mcp`")]
Listen = Annotated[str, checked(_listen_problem, "`127.0.0.1:8080`")]
Inner = Annotated[str, checked(_inner_problem, "`127.0.0.1:8081`")]
Origins = Annotated[tuple[Annotated[str, checked(_origin_problem, "`https://app.example.com`")], ...], _List]
Hosts = Annotated[tuple[Annotated[str, checked(_name_problem, "`gate.example.com`")], ...], _List]
Text = Annotated[str, checked(lambda text: None if text.strip() else "this is empty: write a text", "this")]
Texts = Annotated[tuple[Text, ...], _List]
Redis = Annotated[str, checked(_redis_problem, "`redis://host:6379`")]


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
    """Web pages that may call, by their `Origin`; without any, requests of browsers are refused."""
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
    """How large what passes may be, in bytes."""

    message_bytes: Annotated[int, Field(ge=1024, le=64 * 1024 * 1024)] = 4 * 1024 * 1024
    """Of one message of a client."""
    result_bytes: Annotated[int, Field(ge=1024, le=1024 * 1024 * 1024)] = 64 * 1024 * 1024
    """Of one result of the server."""


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
    """How large what passes may be."""
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
        return self


def parse(raw: bytes, name: str, folder: str | Path) -> GatewayConfig:
    """The gateway that a document states; `name` is its file's, for messages. Raises `ConfigError`."""
    root, problems = reader.read(raw, name)
    config, misfits = (None, []) if root is None else fitted(Page(name, root), GatewayConfig)
    if root is None or config is None or problems:
        raise ConfigError("\n".join(map(str, sorted({*problems, *misfits}))))
    return GatewayConfig.model_validate(root.value, context={_FOLDER: str(folder)})


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
