"""`mcp-opa keys new`, as a user runs it."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from mcp_opa.auth import Unauthenticated
from mcp_opa.auth.api_keys import ApiKeys
from mcp_opa.cli import main
from mcp_opa.model import Subject


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["keys", "new", *arguments], catch_exceptions=False)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_key_is_shown_once_and_its_hash_alone_is_kept(tmp_path: Path) -> None:
    result = run("content-agent")
    key = result.stdout.strip()
    assert (result.exit_code, result.stdout, len(key)) == (0, f"{key}\n", 50)
    assert result.stderr == (
        "keys.yaml: has its hash; the key itself, above, is kept nowhere: give it to content-agent\n"
    )
    assert key.startswith("mcpopa_")
    assert key not in (tmp_path / "keys.yaml").read_text()
    assert stat.S_IMODE((tmp_path / "keys.yaml").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["keys.yaml"]
    keys = ApiKeys("keys.yaml")
    assert (keys.subject(key), keys.warnings) == (Subject("content-agent", (), "api_key"), ())


def test_several_keys_of_an_actor_work_side_by_side_each_on_its_terms() -> None:
    first, second = (
        run("agent").stdout.strip(),
        run("agent", "--group", "ops", "--expires", "2001-01-01").stdout.strip(),
    )
    other = run("other", "--group", "a", "--group", "b").stdout.strip()
    keys = ApiKeys("keys.yaml", clock=lambda: 0.0)
    assert [keys.subject(key) for key in (first, second, other)] == [
        Subject("agent", (), "api_key"),
        Subject("agent", ("ops",), "api_key"),
        Subject("other", ("a", "b"), "api_key"),
    ]
    with pytest.raises(Unauthenticated) as caught:
        ApiKeys("keys.yaml").subject(second)
    assert caught.value.detail == "the API key of agent has expired"


def test_a_file_that_others_read_goes_on_being_theirs(tmp_path: Path) -> None:
    run("agent", "--file", "k.yaml")
    (tmp_path / "k.yaml").chmod(0o640)
    (tmp_path / "link.yaml").symlink_to("k.yaml")
    assert run("other", "--file", "link.yaml").exit_code == 0
    assert (tmp_path / "link.yaml").is_symlink()
    assert stat.S_IMODE((tmp_path / "k.yaml").stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([""], "an id isn't empty: write a name, as `content-agent`"),
        (["agent", "--expires", "soon"], '"soon" is no date; write 2027-01-31, or 2027-01-31T18:00:00+01:00'),
        (["agent", "--file", "bad.yaml"], "bad.yaml:1:4: this is neither a key of visible ASCII characters nor a hash"),
        (["agent", "--file", "none/k.yaml"], "none/k.yaml: No such file or directory"),
        (["agent", "--file", "."], ".: Is a directory"),
    ],
)
def test_a_key_that_can_t_be_kept_is_not_shown(tmp_path: Path, arguments: list[str], told: str) -> None:
    (tmp_path / "bad.yaml").write_text("a: ''\n")
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr
    assert (tmp_path / "bad.yaml").read_text() == "a: ''\n"
    assert [path.name for path in tmp_path.iterdir()] == ["bad.yaml"]
