"""`mcp-opa wrap`: what it refuses to touch first, then what it changes, and that undoing gives the very bytes back."""

import json
import stat
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from mcp_opa.cli import main
from mcp_opa.clients.asking import Tools, ask
from mcp_opa.clients.config import parse

POLICY = """
actors:
  - {id: agent, allowed_tools: [get_current_time]}
"""
CONFIG = """{
  // the clock
  "mcpServers": {
    "time": {"command": "uvx", "args": ["mcp-server-time"], "env": {"TZ": "UTC"}},
    "notes": {
      "command": "notes"
    }
  },
  "theme": 1.50
}
"""


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("policy.yaml").write_text(POLICY)
    return tmp_path


def wrap(*arguments: str, config: str = "mcp.json") -> tuple[int, str]:
    run = CliRunner().invoke(main, ["wrap", config, *arguments], prog_name="mcp-opa")
    shown = run.output.replace(str(Path.cwd()), "…").replace(str(Path(sys.executable).parent), "…")
    return run.exit_code, shown


def put(raw: str | bytes) -> bytes:
    content = raw.encode() if isinstance(raw, str) else raw
    Path("mcp.json").write_bytes(content)
    return content


def there() -> list[str]:
    return sorted(path.name for path in Path().iterdir())


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        ("", "is not JSON: Expecting value: line 1 column 1 (char 0); nothing was changed"),
        ("[]", "is no JSON object; nothing was changed"),
        ('{"mcpServers": 1}', "mcpServers is no object; nothing was changed"),
        ('{"mcpServers": {"a": {}, "a": {}}}', "the key 'a' stands twice in one object; nothing was changed"),
        ("{}", "names no MCP servers; they stand under mcpServers, or servers"),
        ('{"mcpServers": {}}', "names no MCP servers; they stand under mcpServers, or servers"),
        (" " * (8 * 1024 * 1024 + 1), "has more than 8388608 bytes; nothing was changed"),
    ],
    ids=["empty", "array", "odd", "twice", "nothing", "none", "huge"],
)
def test_what_is_no_configuration_is_left_alone(raw: str, why: str) -> None:
    before = put(raw)
    assert wrap() == (2, f"Error: …/mcp.json: {why}\n")
    assert (Path("mcp.json").read_bytes(), there()) == (before, ["mcp.json", "policy.yaml"])


def test_what_is_not_there_is_said() -> None:
    assert wrap() == (2, "Error: …/mcp.json: No such file or directory\n")
    assert wrap("--undo") == (2, "Error: …/mcp.json: No such file or directory\n")


@pytest.mark.parametrize(
    ("policy", "arguments", "why"),
    [
        (POLICY, ["--policy", "none.yaml"], "none.yaml: No such file or directory"),
        ("actors: 1", [], "policy.yaml:1:9"),
        (POLICY, ["--actor", "someone"], "--actor: the policy has no someone; it has agent"),
        ("actors: [{id: a}, {id: b}]", [], "--actor: name one of the policy's actors: a, b"),
    ],
    ids=["missing", "broken", "unknown", "several"],
)
def test_a_policy_or_an_actor_that_would_refuse_everything_is_not_put_in(
    policy: str, arguments: list[str], why: str
) -> None:
    before = put(CONFIG)
    Path("policy.yaml").write_text(policy)
    status, shown = wrap(*arguments)
    assert (status, why in shown, Path("mcp.json").read_bytes()) == (2, True, before)


def test_a_read_only_configuration_is_left_alone() -> None:
    before = put(CONFIG)
    Path("mcp.json").chmod(0o444)
    status, shown = wrap()
    assert (status, shown.splitlines()[-1]) == (2, "Error: …/mcp.json: is read-only; nothing was changed")
    assert (Path("mcp.json").read_bytes(), there()) == (before, ["mcp.json", "policy.yaml"])


def test_toml_is_not_written() -> None:
    put('[mcp_servers.time]\ncommand = "uvx"\n')
    status, shown = wrap()
    assert status == 2
    assert shown.endswith("is TOML, which is not written; put the gateway before each command by hand\n")


def test_a_comment_is_never_lost() -> None:
    before = put('{"mcpServers": {"time": {"command": "uvx", "args": [\n// mine\n"mcp-server-time"]}}}')
    status, shown = wrap()
    assert status == 2
    assert "a comment within the command or its args would be lost" in shown
    assert Path("mcp.json").read_bytes() == before


WRAPPED = """{
  // the clock
  "mcpServers": {
    "time": {"command": "…/mcp-opa", "args": ["gateway", "--policy", "…/policy.yaml", "--actor", "agent", \
"--server-id", "time", "--", "uvx", "mcp-server-time"], "env": {"TZ": "UTC"}},
    "notes": {
      "command": "…/mcp-opa", "args": ["gateway", "--policy", "…/policy.yaml", "--actor", "agent", \
"--server-id", "notes", "--", "notes"]
    }
  },
  "theme": 1.50
}
"""


def test_command_and_arguments_change_and_nothing_else() -> None:
    before = put(CONFIG)
    Path("mcp.json").chmod(0o600)
    status, shown = wrap()
    assert (status, shown.splitlines()[:4]) == (
        0,
        ["time   wrapped", "notes  wrapped", "--- …/mcp.json", "+++ …/mcp.json"],
    )
    now = Path("mcp.json").read_text().replace(str(Path.cwd()), "…").replace(str(Path(sys.executable).parent), "…")
    assert now == WRAPPED
    kept = [name for name in there() if name.startswith("mcp.json.before-mcp-opa-")]
    assert [Path(name).read_bytes() for name in kept] == [before]
    assert {stat.S_IMODE(Path(name).stat().st_mode) for name in ("mcp.json", *kept)} == {0o600}


def test_nothing_is_changed_in_a_dry_run() -> None:
    before = put(CONFIG)
    status, shown = wrap("--dry-run")
    assert (status, "+    " in shown, Path("mcp.json").read_bytes()) == (0, True, before)
    assert there() == ["mcp.json", "policy.yaml"]


def test_what_changes_is_shown_without_secrets_and_steers_no_terminal() -> None:
    words = ["--api-key=abcdefgh12345678", "--token", "ghp_" + "0123456789" * 4, "\x9b2J\u202e"]
    server = {"command": "notes", "args": words, "env": {"TOKEN": "behind the seven mountains"}}
    put(json.dumps({"mcpServers": {"notes": server}}, ensure_ascii=False))
    status, shown = wrap("--dry-run")
    assert (status, shown.count("--api-key=[redacted]"), shown.count("\\x9b2J\\u202e")) == (0, 2, 2)
    assert not any(secret in shown for secret in ("abcdefgh", "ghp_", "mountains", "\x9b", "\u202e"))


def test_wrapping_twice_is_wrapping_once() -> None:
    put(CONFIG)
    wrap()
    before, names = Path("mcp.json").read_bytes(), there()
    already = "left as it is: behind the gateway already"
    assert wrap() == (0, f"time   {already}\nnotes  {already}\n")
    assert (Path("mcp.json").read_bytes(), there()) == (before, names)


@pytest.mark.parametrize(
    "raw",
    [
        CONFIG,
        CONFIG.replace("\n", "\r\n"),
        "\ufeff" + CONFIG,
        json.dumps(json.loads(CONFIG.replace("// the clock", ""))),
        '{"servers": {"\\u0074ime": {"args": [], "type": "stdio", "command": "é\\u00e9"}}, "inputs": [1e5,]}',
    ],
    ids=["comments", "windows", "bom", "one-line", "escapes"],
)
def test_undoing_gives_the_very_bytes_back(raw: str) -> None:
    before = put(raw)
    assert wrap()[0] == 0
    assert Path("mcp.json").read_bytes() != before
    status, shown = wrap("--undo")
    assert (status, shown.splitlines()[-1]) == (0, "…/mcp.json: as it was; restart the client")
    assert (Path("mcp.json").read_bytes(), there()) == (before, ["mcp.json", "policy.yaml"])
    status, shown = wrap("--undo")
    assert (status, shown) == (2, "Error: …/mcp.json: has no server behind the gateway\n")


def test_what_has_changed_since_is_kept_when_undoing() -> None:
    put(CONFIG)
    wrap()
    edited = Path("mcp.json").read_text().replace("1.50", "1.75")
    put(edited)
    assert wrap("--undo")[0] == 0
    notes = '"command": "notes", "args": []'
    assert Path("mcp.json").read_text() == CONFIG.replace("1.50", "1.75").replace('"command": "notes"', notes)


def test_a_server_that_came_later_is_wrapped_and_both_steps_undone() -> None:
    before = put(CONFIG)
    wrap()
    added = Path("mcp.json").read_text().replace('"notes": {', '"late": {"command": "late"},\n    "notes": {')
    put(added)
    assert wrap()[1].splitlines()[:3] == [
        "time   left as it is: behind the gateway already",
        "late   wrapped",
        "notes  left as it is: behind the gateway already",
    ]
    assert wrap("--undo")[1].endswith(
        "2 servers are behind the gateway still, as they were before it was wrapped last\n"
    )
    assert Path("mcp.json").read_text() == added
    assert before != added.encode()


def test_what_cannot_be_wrapped_is_said_and_told_by_the_status() -> None:
    value = {
        "far": {"url": "https://mcp.example.com/mcp"},
        "my notes": {"command": "notes"},
        "odd": 1,
        "\x1b[31mred": {"command": "x"},
        "time": {"command": "uvx", "args": ["mcp-server-time"]},
    }
    put(json.dumps({"mcpServers": value}))
    status, shown = wrap("--dry-run")
    far = "a URL: run `mcp-opa gateway --listen … --upstream …` and name its address here instead"
    unnamed = "no policy can name it: rename it to 1 to 128 of A-Z a-z 0-9 _ . -"
    assert shown.splitlines()[:5] == [
        f"far          left as it is: {far}",
        f"my notes     left as it is: {unnamed}",
        "odd          left as it is: is no object",
        f"\\x1b[31mred  left as it is: {unnamed}",
        "time         wrapped",
    ]
    assert (status, shown.splitlines()[-1]) == (1, "Error: 4 of 5 servers are not behind the gateway")


def test_a_link_stays_a_link() -> None:
    Path("dotfiles").mkdir()
    Path("dotfiles/mcp.json").write_text(CONFIG)
    Path("mcp.json").symlink_to("dotfiles/mcp.json")
    assert wrap()[0] == 0
    assert Path("mcp.json").is_symlink()
    assert '"gateway"' in Path("dotfiles/mcp.json").read_text()
    assert wrap("--undo")[0] == 0
    assert Path("dotfiles/mcp.json").read_text() == CONFIG


def test_of_servers_of_one_name_both_are_wrapped() -> None:
    one = {"mcpServers": {"time": {"command": "a"}}}
    put(json.dumps({**one, "projects": {"/x": one, "/y": {"mcpServers": {"time": {"command": "b"}}}}}))
    status, shown = wrap("--dry-run")
    told = "time: several servers have this name, and the policy can't tell them apart"
    assert (status, shown.splitlines()[:4]) == (0, [*["time  wrapped"] * 3, told])


SERVER = """
from mcp.server.mcpserver import MCPServer
server = MCPServer("clock", log_level="CRITICAL")
for name in ("get_current_time", "set_current_time"):
    server.tool(name=name)(lambda: "noon")
server.run("stdio")
"""


@pytest.mark.slow
def test_what_was_wrapped_starts_and_is_gated() -> None:
    put(json.dumps({"mcpServers": {"time": {"command": sys.executable, "args": ["-c", SERVER]}}}))
    assert wrap()[0] == 0
    (entry,) = parse(Path("mcp.json").read_bytes()).entries
    assert ask([entry]) == [Tools(("get_current_time",))]
