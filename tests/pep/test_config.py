"""The gateway's document: what it may say, and what is told of everything else."""

from __future__ import annotations

import textwrap
from pathlib import Path

import jsonschema_rs
import pytest
import yaml

from mcp_opa.auth import AuthError
from mcp_opa.pep.callers import callers
from mcp_opa.pep.config import ConfigError, GatewayConfig, load, parse, schema, stated
from mcp_opa.pep.places import loopback
from tests.auth.issuer import key_set

STDIO = "policy: p.yaml\nstdio: {actor: agent, command: [mcp-server-time, --local]}\n"
HTTP = "policy: p.yaml\nhttp: {listen: 127.0.0.1:8080, upstream: {url: http://files:8000/mcp}, api_keys: keys.yaml%s}\n"
WHOLE = """\
opa: {address: "unix:/run/opa.sock", deadline_seconds: 2, token_file: opa.token}
server_id: files
audit: /var/log/mcp/audit.jsonl
redis: redis://redis:6379
bounds: {message_bytes: 65536, result_bytes: 1048576}
http:
  listen: 0.0.0.0:8443
  health: "[::1]:8081"
  tls: {cert: tls/cert.pem, key: tls/key.pem}
  hosts: [gate.example.com]
  origins: ["https://app.example.com"]
  upstream: {url: "https://files.example.com/mcp", ca: ca.pem, token_file: upstream.token}
  api_keys: keys.yaml
  jwt:
    issuer: https://login.example.com
    audience: https://gate.example.com/mcp
    jwks: https://login.example.com/keys
    groups_claim: roles
    scopes: ["tools:call"]
"""


def problems(text: str) -> list[str]:
    """What is wrong with a document, without advice."""
    with pytest.raises(ConfigError) as caught:
        parse(text.encode(), "g", "/etc/gate")
    return str(caught.value).split("\n")[::2]


def test_a_small_document_is_a_gateway() -> None:
    assert parse(STDIO.encode(), "g", "/etc/gate").model_dump(exclude_defaults=True) == {
        "policy": "/etc/gate/p.yaml",
        "stdio": {"actor": "agent", "command": ("mcp-server-time", "--local")},
    }


def test_files_lie_beside_the_document_wherever_it_is_read_from(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "g.yaml").write_text(WHOLE)
    monkeypatch.chdir(tmp_path)
    found = load("g.yaml")
    assert found.http
    assert found.http.jwt
    assert found.opa
    files = [found.opa.token_file, found.http.api_keys, found.http.upstream.ca, found.http.upstream.token_file]
    assert files == [str(tmp_path / name) for name in ("opa.token", "keys.yaml", "ca.pem", "upstream.token")]
    assert found.http.tls
    assert (found.http.tls.cert, found.audit) == (str(tmp_path / "tls/cert.pem"), "/var/log/mcp/audit.jsonl")
    assert found.http.jwt.jwks == "https://login.example.com/keys"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["g:1:1: the file is empty"]),
        ("[]", ["g:1:1: a mapping belongs here, and this is a list"]),
        ("{}", ["g:1:1: exactly one of `policy` and `opa` decides"]),
        (STDIO + "opa: {address: http://opa:8181}", ["g:1:1: exactly one of `policy` and `opa` decides"]),
        (
            STDIO + "bounds: {message_bytes: 2048}",
            ["g:1:1: `bounds` are of a gateway over `http`; over stdio they are fixed"],
        ),
        ("policy: p", ["g:1:1: clients come by exactly one of `stdio` and `http`"]),
        (HTTP % "" + "stdio: {actor: a, command: [c]}", ["g:1:1: clients come by exactly one of `stdio` and `http`"]),
        (STDIO + "policy: q", ["g:3:1: policy: this key stands twice, first on line 1"]),
        (STDIO + "Audit: a", ["g:3:1: Audit: this key isn't known here"]),
        (STDIO + "audit:", ["g:3:7: audit: this key has no value"]),
        (STDIO + "audit: ''", ["g:3:8: audit: this is no name of a file"]),
        (STDIO + "audit: no", ["g:3:8: audit: some readers of YAML take `no` for false, others for a text"]),
        (STDIO + "server_id: ''", ['g:3:12: server_id: "": an id isn\'t empty']),
        (STDIO + "redis: http://r", ['g:3:8: redis: "http://r": this is no address of a Redis']),
        (STDIO + "bounds: {message_bytes: 0}", ["g:3:25: bounds.message_bytes: 0 is out of range"]),
        (
            STDIO + "bounds: {message_bytes: 1.5}",
            ["g:3:25: bounds.message_bytes: this is the number 1.5, and a whole number belongs here"],
        ),
        ("policy: p\nstdio: {actor: a, command: []}", ["g:2:28: stdio.command: this list is empty"]),
        (
            "policy: p\nstdio: {actor: a, command: c}",
            ["g:2:28: stdio.command: this is a text, and a list belongs here"],
        ),
        ("policy: p\nstdio: {actor: a, command: ['']}", ['g:2:29: stdio.command[0]: "": this is empty']),
        ("policy: p\nstdio: {command: [c]}", ["g:2:8: stdio.actor: the key `actor` is missing"]),
        (
            "opa: {address: a, deadline_seconds: 0}\nstdio: {actor: a, command: [c]}",
            ["g:1:37: opa.deadline_seconds: 0 is out of range"],
        ),
        (
            "opa: {address: a}\nverification_key: k\nstdio: {actor: a, command: [c]}",
            ["g:1:1: `verification_key` is about a policy here, and there is none"],
        ),
        (HTTP.replace(", api_keys: keys.yaml", "") % "", ["g:2:7: http: nothing says who may call"]),
        (
            HTTP % ", jwt: {issuer: i, audience: a, jwks: k, ca: c}",
            ["g:2:98: http.jwt: `ca` is about a server of keys, and these are in a file"],
        ),
        (HTTP % ", jwt: {issuer: '', audience: a, jwks: k}", ['g:2:107: http.jwt.issuer: "": this is empty']),
        (HTTP % ", health: 0.0.0.0:8081", ['g:2:101: http.health: "0.0.0.0:8081": health is told on loopback alone']),
        (HTTP % ", origins: ['*']", ['g:2:103: http.origins[0]: "*": this is no origin']),
        (HTTP % ", origins: ['null']", ['g:2:103: http.origins[0]: "null": this is no origin']),
        (HTTP % ", hosts: ['*.example.com']", ['g:2:101: http.hosts[0]: "*.example.com": this is no host']),
        (
            HTTP % ", insecure: yes",
            ["g:2:103: http.insecure: some readers of YAML take `yes` for true, others for a text"],
        ),
        (HTTP % ", tls: {cert: c}", ["g:2:98: http.tls.key: the key `key` is missing"]),
    ],
)
def test_what_is_odd_says_where(text: str, told: list[str]) -> None:
    assert problems(text) == told


@pytest.mark.parametrize(
    "url",
    ["files:8000", "ftp://files/mcp", "http://", "http://u:p@files/mcp", "http://files/#a", "http://files/a b", "//x", "http://[x]/"],
)  # fmt: skip
def test_an_upstream_has_a_plain_address(url: str) -> None:
    assert problems(HTTP.replace("http://files:8000/mcp", f"'{url}'") % "") == [
        f'g:2:48: http.upstream.url: "{url}": this is no address of a server'
    ]


@pytest.mark.parametrize(
    "listen", ["0.0.0.0:8080", "10.0.0.1:8080", "'[::]:8080'", "gate.example.com:443", "127.0.0.1.example.com:80"]
)
def test_a_door_to_others_without_tls_is_refused_unless_that_is_meant(listen: str) -> None:
    text = HTTP.replace("127.0.0.1:8080", listen)
    told = "can be reached by others, and keys and tokens would cross the network in clear"
    assert problems(text % "") == [f"g:2:7: http: {listen.strip(chr(39))} {told}"]
    for meant in (", insecure: true", ", tls: {cert: c, key: k}"):
        found = parse((text % meant).encode(), "g", "/etc/gate")
        assert found.http
        assert found.http.listen == listen.strip("'")


@pytest.mark.parametrize("listen", ["127.0.0.1:0", "127.9.9.9:1", "[::1]:65535", "localhost:80"])
def test_loopback_is_known(listen: str) -> None:
    assert loopback(listen)
    assert parse((HTTP.replace("127.0.0.1:8080", f"'{listen}'") % "").encode(), "g", "/").http is not None


@pytest.mark.parametrize(
    "listen", ["127.0.0.1", ":80", "127.0.0.1:65536", "127.0.0.1:8080/x", "127.0.0.1: 80", "::1:80"]
)
def test_an_address_to_listen_at_is_host_and_port(listen: str) -> None:
    assert problems(HTTP.replace("127.0.0.1:8080", f"'{listen}'") % "")[0].endswith("this is no address to listen at")


def test_options_state_the_same_gateway_and_are_told_by_their_names() -> None:
    given = {"policy": "p.yaml", "stdio": {"actor": "agent", "command": ["c"]}}
    assert stated(given) == GatewayConfig.model_validate(given)
    with pytest.raises(ConfigError) as caught:
        stated({"policy": "p.yaml", "http": {"listen": "x", "upstream": {"url": "http://a/"}, "api_keys": "k"}})
    told = '"x": this is no address to listen at; write host and port, `127.0.0.1:8080`'
    assert str(caught.value) == f"http.listen: {told}"


def test_what_says_who_may_call_must_be_usable_at_the_start(tmp_path: Path) -> None:
    text = HTTP % ", jwt: {issuer: i, audience: a, jwks: keys.json}"
    http = parse(text.encode(), "g", tmp_path).http
    assert http
    with pytest.raises(AuthError) as caught:
        callers(http)
    assert str(caught.value) == f"{tmp_path}/keys.yaml: No such file or directory"
    (tmp_path / "keys.yaml").touch(0o600)
    (tmp_path / "keys.yaml").write_text("agent: some-key\n")
    (tmp_path / "keys.json").write_bytes(key_set())
    assert callers(http).metadata is None
    with_url = parse((HTTP % ", jwt: {issuer: i, audience: 'https://g/', jwks: 'https://i/k'}").encode(), "g", tmp_path)
    assert with_url.http
    made = callers(with_url.http).metadata
    assert made
    assert made.url == "https://g/.well-known/oauth-protected-resource"


def test_the_gateways_of_the_page_are_gateways() -> None:
    page = (Path(__file__).parents[2] / "docs" / "authentication.md").read_text()
    blocks = [block.partition("```")[0] for block in page.split("```yaml\n")[1:]]
    found = [parse(block.encode(), "g", "/") for block in blocks if block.startswith("policy:")]
    jwt = next(textwrap.indent(block, "  ") for block in blocks if block.startswith("jwt:"))
    rest = "policy: p.yaml\nhttp:\n  listen: localhost:1\n  upstream: {url: http://a}\n"
    found.append(parse((rest + jwt).encode(), "g", "/"))
    assert [config.http is not None for config in found] == [True, True]


@pytest.mark.parametrize("text", [STDIO, HTTP % "", WHOLE])
def test_editors_are_told_the_same(text: str) -> None:
    validator = jsonschema_rs.validator_for(schema())
    assert validator.is_valid(yaml.safe_load(text))
    assert parse(text.encode(), "g", "/etc/gate") is not None
    assert not validator.is_valid({**yaml.safe_load(text), "polcy": "p"})
