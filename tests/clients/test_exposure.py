"""What a server lays open: names and places, and no value of a secret anywhere."""

import json
from dataclasses import asdict
from typing import Any

import pytest

from mcp_opa.clients import exposure
from mcp_opa.clients.config import parse
from mcp_opa.clients.wrapping import behind

TOKEN = "ghp_" + "a" * 30


def of(value: Any) -> dict[str, Any]:  # noqa: ANN401
    """What a server lays open, as far as it does."""
    entry = parse(json.dumps({"mcpServers": {"it": value}}).encode()).entries[0]
    found = exposure.of(entry)
    return {name: fact for name, fact in asdict(found).items() if fact not in (None, "", [], False)}


def test_a_server_that_starts_here_is_no_matter_of_tls_or_tokens() -> None:
    entry = parse(b'{"mcpServers": {"it": {"command": "uvx"}}}').entries[0]
    assert exposure.of(entry) == exposure.Exposure("stdio", command="uvx", gated=False)


@pytest.mark.parametrize(
    ("env", "secrets"),
    [
        ({"API_KEY": "x", "PATH": "/bin", "LANG": "C"}, ["env API_KEY"]),
        ({"PLAIN": TOKEN}, ["env PLAIN"]),
        ({"DATABASE_URL": "postgres://u:p@db/x"}, ["env DATABASE_URL"]),
        ({"API_KEY": ""}, []),
        ({"API_KEY": "${input:key}"}, ["env API_KEY"]),
    ],
    ids=str,
)
def test_secrets_of_the_environment_are_named(env: dict[str, str], secrets: list[str]) -> None:
    assert of({"command": "x", "env": env}).get("secrets", []) == secrets


@pytest.mark.parametrize(
    ("arguments", "secrets", "paths"),
    [
        (["--api-key", "hunter2", "/srv"], ["argument --api-key"], ["/srv"]),
        (["--api-key=hunter2"], ["argument --api-key"], []),
        (["--verbose", "--token", "hunter2"], ["argument --token"], []),
        (["--token"], [], []),
        ([TOKEN], ["an argument"], []),
        (["-y", "@scope/server", "/srv/docs", "~/notes", "C:\\z"], [], ["/srv/docs", "~/notes", "C:\\z"]),
        (["--root=/srv", "--root", "${workspaceFolder}/a"], [], ["/srv", "${workspaceFolder}/a"]),
        (["postgres://u:p@db/x"], ["an argument"], []),
    ],
    ids=str,
)  # fmt: skip
def test_arguments_are_secrets_or_paths(arguments: list[str], secrets: list[str], paths: list[str]) -> None:
    found = of({"command": "x", "args": arguments})
    assert (found.get("secrets", []), found.get("paths", [])) == (secrets, paths)


def test_what_is_behind_the_gateway_is_seen_through_it() -> None:
    gateway = ["gateway", "--policy", "/p.yaml", "--actor", "a", "--server-id", "it", "--"]
    for command, first in (("/opt/mcp-opa", []), ("uvx", ["mcp-opa"]), ("C:\\bin\\mcp-opa.exe", [])):
        found = of({"command": command, "args": [*first, *gateway, "npx", "/srv"]})
        assert found == {"transport": "stdio", "command": "npx", "gated": True, "paths": ["/srv"]}


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("mcp-opa",),
        ("mcp-opa", "gateway"),
        ("mcp-opa", "gateway", "--listen", "x"),
        ("mcp-opa", "gateway", "--"),
        ("mcp-opa", "decide", "--", "x"),
        ("evil", "mcp-opa", "gateway", "--", "x"),
        ("my-mcp-opa", "gateway", "--", "x"),
        ("sh", "-c", "mcp-opa gateway -- x"),
    ],
    ids=str,
)
def test_what_only_looks_like_the_gateway_is_none(words: tuple[str, ...]) -> None:
    assert behind(words) is None


@pytest.mark.parametrize(
    ("value", "found"),
    [
        (
            {"url": "http://mcp.example.com/mcp"},
            {"transport": "http", "url": "http://mcp.example.com/mcp", "public": True},
        ),
        (
            {"url": "https://mcp.example.com/mcp", "headers": {"authorization": "${input:token}"}},
            {
                "transport": "http",
                "authentication": True,
                "tls": True,
                "url": "https://mcp.example.com/mcp",
                "public": True,
                "secrets": ["header authorization"],
            },
        ),
        (
            {"serverUrl": "https://u:p@mcp.example.com/mcp?x=1", "type": "sse"},
            {
                "transport": "sse",
                "authentication": True,
                "tls": True,
                "url": "https://mcp.example.com/mcp",
                "public": True,
                "secrets": ["the URL"],
            },
        ),
        (
            {"httpUrl": "http://127.0.0.1:8080/mcp?api_key=1"},
            {"transport": "http", "authentication": True, "url": "http://127.0.0.1:8080/mcp", "secrets": ["the URL"]},
        ),
        (
            {"url": "http://localhost:1/mcp", "headers": {"accept": "x"}},
            {"transport": "http", "url": "http://localhost:1/mcp"},
        ),
        (
            {"url": "https://a.example/mcp", "oauth": {}},
            {
                "transport": "http",
                "authentication": True,
                "tls": True,
                "url": "https://a.example/mcp",
                "public": True,
            },
        ),
        ({"url": "no address"}, {"transport": "odd"}),
        ({"url": "${input:where}"}, {"transport": "odd"}),
        ({}, {"transport": "odd"}),
    ],
    ids=str,
)
def test_a_server_behind_a_url_is_seen_by_it(value: Any, found: dict[str, Any]) -> None:  # noqa: ANN401
    assert of(value) == found


def test_no_value_of_a_secret_is_told() -> None:
    entry = {
        "command": "x",
        "args": ["--token", "s3cret-1", f"--k={TOKEN}"],
        "env": {"PASSWORD": "s3cret-2"},
    }
    far = {"url": "https://s3cret-3:s3cret-4@h/x?key=s3cret-5#s3cret-6", "headers": {"Authorization": "s3cret-7"}}
    told = json.dumps([of(entry), of(far)])
    assert ("s3cret" in told, TOKEN in told) == (False, False)
