"""`mcp-opa inventory`: what it can't read first; then what it lists, whole, and nothing of any secret.

`MCP_OPA_GOLDEN=write` writes the file with what a person reads anew.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from mcp_opa.cli import main

FIXTURES = Path(__file__).parent.parent / "fixtures" / "clients"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and, in it, a project to be in."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def put(path: Path, value: Any) -> Path:  # noqa: ANN401
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return path


def inventory(home: Path, *arguments: str) -> tuple[int, str, str]:
    run = CliRunner().invoke(main, ["inventory", *arguments], prog_name="mcp-opa")
    return run.exit_code, run.stdout.replace(str(home), "~"), run.stderr.replace(str(home), "~")


def test_a_machine_without_clients_has_no_servers(home: Path) -> None:
    nothing = "no MCP servers found; name a client's configuration, or a project's folder\n"
    assert inventory(home) == (0, nothing, "")
    assert json.loads(inventory(home, "--json")[1]) == {"servers": [], "unread": {}}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "is not JSON: Expecting value: line 1 column 1 (char 0)"),
        ('{"mcpServers": 1}', "mcpServers is no object"),
        ('{"a": 1, "a": 2}', "the key 'a' stands twice in one object"),
        (" " * (8 * 1024 * 1024 + 1), "has more than 8388608 bytes"),
    ],
    ids=["empty", "odd", "twice", "huge"],
)
def test_what_cannot_be_read_is_said_and_the_rest_listed(home: Path, raw: str, why: str) -> None:
    put(home / ".cursor" / "mcp.json", raw)
    put(home / ".claude.json", {"mcpServers": {"time": {"command": "uvx"}}})
    status, shown, said = inventory(home)
    assert (status, said) == (1, f"~/.cursor/mcp.json: {why}\n")
    assert shown.splitlines()[0] == "~/.claude.json"
    assert json.loads(inventory(home, "--json")[1])["unread"] == {"~/.cursor/mcp.json": why}


def test_a_named_file_that_is_not_there_is_said(home: Path) -> None:
    assert inventory(home, "none.json") == (1, "", "~/project/none.json: No such file or directory\n")


def test_what_a_person_reads_is_as_agreed(home: Path) -> None:
    shutil.copy(FIXTURES / "mcp.json", home / "project" / "mcp.json")
    status, shown, said = inventory(home)
    golden = FIXTURES / "inventory.txt"
    if os.environ.get("MCP_OPA_GOLDEN") == "write":
        golden.write_text(shown)
    assert (status, shown, said) == (0, golden.read_text(), "")


def test_no_secret_is_printed(home: Path) -> None:
    shutil.copy(FIXTURES / "mcp.json", home / "project" / "mcp.json")
    for arguments in ([], ["--json"]):
        assert "kept-to-itself" not in inventory(home, *arguments)[1]


def test_a_program_reads_the_same_as_json(home: Path) -> None:
    put(home / "project" / ".mcp.json", {"mcpServers": {"files": {"command": "npx", "args": ["/srv"]}}})
    assert json.loads(inventory(home, "--json")[1]) == {
        "servers": [
            {
                "config": "~/project/.mcp.json",
                "name": "files",
                "transport": "stdio",
                "authentication": None,
                "tls": None,
                "command": "npx",
                "gated": False,
                "url": "",
                "public": False,
                "secrets": [],
                "paths": ["/srv"],
                "odd": "",
            }
        ],
        "unread": {},
    }


def test_clients_are_found_where_they_keep_their_servers(home: Path) -> None:
    one = {"command": "x"}
    put(home / ".config" / "Claude" / "claude_desktop_config.json", {"mcpServers": {"a": one}})
    put(home / ".config" / "Code" / "User" / "mcp.json", '{\n// mine\n"servers": {"b": {"command": "x",}}}')
    put(home / ".codex" / "config.toml", '[mcp_servers.c]\ncommand = "x"\n')
    put(home / ".claude.json", {"mcpServers": {}, "projects": {"/p": {"mcpServers": {"d": one}}}})
    put(home / "project" / ".vscode" / "mcp.json", {"servers": {"e": one}})
    put(home / ".gemini" / "settings.json", {"theme": "dark"})
    servers = json.loads(inventory(home, "--json")[1])["servers"]
    assert {server["name"]: server["config"] for server in servers} == {
        "a": "~/.config/Claude/claude_desktop_config.json",
        "b": "~/.config/Code/User/mcp.json",
        "c": "~/.codex/config.toml",
        "d": "~/.claude.json",
        "e": "~/project/.vscode/mcp.json",
    }


def test_a_linked_configuration_is_listed_once(home: Path) -> None:
    put(home / ".cursor" / "mcp.json", {"mcpServers": {"a": {"command": "x"}}})
    (home / ".claude.json").symlink_to(home / ".cursor" / "mcp.json")
    servers = json.loads(inventory(home, "--json")[1])["servers"]
    assert [server["config"] for server in servers] == ["~/.cursor/mcp.json"]


def test_what_is_named_is_listed_in_place_of_what_is_found(home: Path) -> None:
    put(home / ".cursor" / "mcp.json", {"mcpServers": {"mine": {"command": "x"}}})
    put(home / "other" / ".cursor" / "mcp.json", {"mcpServers": {"folder": {"command": "x"}}})
    put(home / "some.json", {"mcpServers": {"file": {"command": "x"}}})
    shown = inventory(home, "../other", "../some.json", "--json")[1]
    assert [server["name"] for server in json.loads(shown)["servers"]] == ["folder", "file"]


@pytest.mark.parametrize("name", ["\x1b[2J", "a\nb", "\u202e"], ids=ascii)
def test_a_strangers_configuration_does_not_steer_the_terminal(home: Path, name: str) -> None:
    value = {"mcpServers": {name: {"command": name, "args": [f"/{name}"], "env": {f"KEY{name}_TOKEN": "x"}}}}
    put(home / "project" / ".mcp.json", value)
    shown = inventory(home)[1]
    assert all(one.isprintable() for line in shown.split("\n") for one in line)


@pytest.mark.slow
def test_servers_are_asked_if_it_is_said(home: Path) -> None:
    put(home / "project" / ".mcp.json", {"mcpServers": {"it": {"command": "/no/such/program"}}})
    server = json.loads(inventory(home, "--json", "--ask")[1])["servers"][0]
    assert (server["tools"], "No such file" in server["error"]) == ([], True)
    assert "no tools: " in inventory(home, "--ask")[1]
