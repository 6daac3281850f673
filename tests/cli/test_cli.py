"""The command line, as a user runs it."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mcp_opa.cli import main

ROOT = Path(__file__).parent.parent.parent
READ_ONLY = str(ROOT / "bundles" / "read-only" / "policy.yaml")
DOCUMENT = ["--actor", "assistant-service", "--tool", "read_file"]


def run(*arguments: str, given: bytes | None = None) -> Result:
    return CliRunner().invoke(main, list(arguments), input=given, catch_exceptions=False)


def decided(*arguments: str) -> tuple[int, dict[str, Any]]:
    result = run("decide", READ_ONLY, *arguments, "--json")
    return result.exit_code, json.loads(result.stdout)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("verb", ["init", "check", "decide", "test", "build", "verify", "keys", "explain", "demo"])
def test_every_verb_has_help_with_an_example(verb: str) -> None:
    assert verb in run("--help").stdout
    assert "Example" in run(verb, "--help").stdout


def test_help_imports_none_of_the_engines() -> None:
    code = "import sys; from mcp_opa.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert not {"pydantic", "sqlglot", "wasmtime", "yaml", "requests"} & set(
        printed.replace("'", " ").replace(",", " ").split()
    )


def test_an_allowed_call_is_status_0() -> None:
    status, shown = decided(*DOCUMENT, "--arguments", '{"path": "docs/a.md"}')
    assert (status, shown["effect"], shown["rule"]) == (0, "ALLOW", "read_only.permitted")


def test_colour_is_left_out_where_nobody_wants_it() -> None:
    arguments = ["decide", READ_ONLY, *DOCUMENT]
    assert CliRunner().invoke(main, arguments, color=True).output.startswith("\x1b[31m")
    assert CliRunner(env={"NO_COLOR": "1"}).invoke(main, arguments, color=True).output.startswith("DENY\n")
    assert CliRunner().invoke(main, arguments).output.startswith("DENY\n")


def test_a_denied_call_is_status_3_and_is_explained() -> None:
    result = run("decide", READ_ONLY, *DOCUMENT, "--arguments", '{"path": "docs/.ENV"}')
    lines = result.stdout.splitlines()
    assert (result.exit_code, lines[0]) == (3, "DENY")
    assert lines[1].split() == ["cause", "policy"]
    assert "read_only.path_denied (/path)" in result.stdout
    assert "denied_paths: **/.env, **/*.key" in result.stdout
    assert [line.split()[0] for line in lines if line.strip()][-2:] == ["id", "revision"]


def test_a_call_that_cannot_be_decided_is_status_1() -> None:
    nested = "[" * 40 + "]" * 40
    status, shown = decided(*DOCUMENT, "--arguments", f'{{"path": {nested}}}')
    assert (status, shown["effect"], shown["cause"]) == (1, "DENY", "unsendable")


def test_arguments_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "arguments.json").write_text('{"path": "docs/a.md"}')
    assert decided(*DOCUMENT, "--arguments", "@arguments.json")[0] == 0


def test_the_schema_of_the_tool_counts() -> None:
    schema = '{"type": "object", "properties": {"path": {"type": "string"}}}'
    status, shown = decided(*DOCUMENT, "--arguments", '{"path": "docs/a.md", "x": 1}', "--schema", schema)
    assert (status, shown["rule"]) == (3, "deny_by_default.schema_invalid")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["decide", READ_ONLY], "name --actor and --tool"),
        (["decide", READ_ONLY, *DOCUMENT, "--calls", "-"], "leave out --actor and --tool"),
        (["decide", READ_ONLY, *DOCUMENT, "--arguments", "{"], "--arguments: not JSON"),
        (["decide", READ_ONLY, *DOCUMENT, "--arguments", '{"a": 1, "a": 2}'], "'a' stands twice"),
        (["decide", READ_ONLY, *DOCUMENT, "--arguments", "@nowhere"], "nowhere: No such file"),
        (["decide", "nowhere.yaml", *DOCUMENT], "nowhere.yaml: No such file"),
        (["decide", ".", *DOCUMENT], "Is a directory"),
        (["decide", READ_ONLY, "--calls", "nowhere"], "nowhere"),
        (["test", "nowhere.yaml"], "No such file"),
        (["test", "/dev/zero"], "more than is read"),
        (["check", "a\0b"], "null"),
        (["build", "nowhere.yaml"], "No such file"),
        (["build", READ_ONLY, "-o", "no/folder/b.tar.gz"], "No such file"),
        (["explain", "read_only.path_denid"], "did you mean read_only.path_denied?"),
        (["init", "--template", "read-only", "--from-tools", "x"], "choose one"),
        (["init", "--from-tools", "nowhere"], "No such file"),
        (["demo", "nowhere"], "holds no NAME/policy.yaml"),
        (["nonsense"], "No such command"),
    ],
)
def test_a_mistake_is_a_sentence_and_status_2(arguments: list[str], sentence: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert sentence in result.output
    assert "Traceback" not in result.output


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"\x1f\x8bnot gzip", b"actors: 7", b"{", b"\x00" * 100])
def test_what_is_no_policy_is_status_2_for_every_verb(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "p").write_bytes(content)
    for arguments in (["check", "p"], ["test", "p"], ["build", "p"], ["decide", "p", *DOCUMENT]):
        result = run(*arguments)
        assert (result.exit_code, "Traceback" in result.output) == (2, False), arguments
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p"]


CALLS = [
    b'{"id": 1, "actor": "assistant-service", "tool": "read_file", "arguments": {"path": "docs/a.md"}}',
    b'{"id": "two", "actor": "assistant-service", "tool": "read_file", "arguments": {"path": "../a"}}',
    b'{"id": 3, "actor": "assistant-service", "tool": "read_file", "arguments": null}',
    b'{"id": 4, "actor": "x", "tool": "docs:a", "method": "resources/read", "groups": ["g"], "server_id": "s"}',
    b'{"id": 5, "actor": "x", "tool": "t", "groups": null, "server_id": null, "schema": null}',
]
ODD_CALLS = [
    (b"{", None),
    (b"[]", None),
    (b"\xff", None),
    (b'{"id": 5, "id": 6, "actor": "a", "tool": "t"}', None),
    (b'{"id": 5, "tool": "t"}', 5),
    (b'{"id": 5, "actor": "a"}', 5),
    (b'{"id": 5, "actor": 7, "tool": "t"}', 5),
    (b'{"id": 5, "actor": "a", "tool": ["t"]}', 5),
    (b'{"id": 5, "actor": "a", "tool": "t", "groups": "g"}', 5),
    (b'{"id": 5, "actor": "a", "tool": "t", "groups": [1]}', 5),
    (b'{"id": 5, "actor": "a", "tool": "t", "server_id": 7}', 5),
    (b'{"id": 5, "actor": "a", "tool": "t", "method": null}', 5),
    (b'{"id": 5, "actor": "a", "tool": "t", "argument": {}}', 5),
    (b'{"id": 5, "actor": "a", "tool": "t", "arguments": NaN}', 5),
    (b'{"id": "d", "actor": "a", "tool": "t", "arguments": {"a": 1, "a": 2}}', "d"),
    (b'{"id": {"a": 1}, "actor": "a", "tool": "t", "arguments": 1e400}', None),
    (b"[" * 100_000, None),
]


def batch(*lines: bytes) -> tuple[int, list[dict[str, Any]]]:
    result = run("decide", READ_ONLY, "--calls", "-", given=b"\n".join(lines))
    return result.exit_code, [json.loads(line) for line in result.stdout.splitlines()]


def test_a_batch_is_answered_line_by_line() -> None:
    status, shown = batch(*CALLS, b"", b"  ")
    assert status == 0
    assert [(line["id"], line["allow"], line["cause"]) for line in shown] == [
        (1, True, "policy"),
        ("two", False, "policy"),
        (3, False, "policy"),
        (4, False, "policy"),
        (5, False, "policy"),
    ]
    assert [reason["code"] for reason in shown[1]["reasons"]] == ["read_only.path_unsafe"]
    assert shown[1]["reasons"][0]["message"]
    assert [reason["code"] for reason in shown[2]["reasons"]] == ["deny_by_default.arguments_malformed"]


@pytest.mark.parametrize(("line", "given_id"), ODD_CALLS)
def test_a_line_that_cannot_be_read_is_a_refusal_and_the_batch_goes_on(line: bytes, given_id: object) -> None:
    status, shown = batch(line, CALLS[0])
    assert status == 1
    assert [(answer["id"], answer["effect"], answer["cause"]) for answer in shown] == [
        (given_id, "DENY", "malformed"),
        (1, "ALLOW", "policy"),
    ]


def test_a_batch_may_come_from_a_file(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(b"\n".join(CALLS))
    assert len(run("decide", READ_ONLY, "--calls", "calls.jsonl").stdout.splitlines()) == len(CALLS)


@pytest.mark.parametrize("template", ["read-only", "scoped-write", "deny-by-default"])
def test_a_template_passes_check_and_its_own_tests(template: str) -> None:
    assert run("init", "--template", template).exit_code == 0
    assert run("check", "policy.yaml").exit_code == 0
    result = run("test", "policy.yaml")
    assert (result.exit_code, " 0 failed" in result.stdout) == (0, True)


def test_init_proposes_from_a_server_s_tools() -> None:
    tools = str(ROOT / "bundles" / "tools" / "filesystem.tools.json")
    assert run("init", "--from-tools", tools).exit_code == 0
    assert run("check", "policy.yaml").exit_code == 0


def test_init_replaces_nothing_unasked(tmp_path: Path) -> None:
    (tmp_path / "policy.yaml").write_text("mine")
    assert run("init").exit_code == 2
    assert (tmp_path / "policy.yaml").read_text() == "mine"
    assert run("init", "--force").exit_code == 0
    assert (tmp_path / "policy.yaml").read_text() != "mine"


def test_check_takes_several_policies_and_fails_if_one_does(tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("actors: [{id: a, allowed_tool: [x]}]")
    result = run("check", READ_ONLY, "bad.yaml")
    assert result.exit_code == 2
    assert "did you mean" in result.output
    assert f"{READ_ONLY}: converts" in result.output


def test_check_shows_who_may_do_what() -> None:
    lines = run("check", READ_ONLY, "--matrix").stdout.splitlines()
    assert any(line.split()[:4] == ["assistant-service", "-", "read_file", "read"] for line in lines)
    shown = json.loads(run("check", READ_ONLY, "--matrix", "--json").stdout)
    assert [row["tool"] for row in shown[0]["matrix"]] == ["query_database", "read_file"] or len(
        shown[0]["matrix"]
    ) == 2


def test_a_failing_test_says_what_was_expected(tmp_path: Path) -> None:
    text = "actors: [{id: a, allowed_tools: [get_it]}]\ntests:\n"
    text += (
        "  - {id: one, actor: a, tool: get_it, expect: deny}\n  - {id: two, actor: b, tool: get_it, expect: allow}\n"
    )
    text += "  - {id: three, actor: b, tool: get_it, expect: deny, reason: deny_by_default.no_grant}\n"
    (tmp_path / "p.yaml").write_text(text)
    result = run("test", "p.yaml")
    assert result.exit_code == 1
    assert "expected deny, got ALLOW (read_only.permitted)" in result.stdout
    assert "expected allow, got DENY (deny_by_default.actor_unknown)" in result.stdout
    assert "expected the reason deny_by_default.no_grant, got deny_by_default.actor_unknown" in result.stdout
    assert "0 passed, 3 failed" in result.stdout


def test_a_policy_without_tests_does_not_pass(tmp_path: Path) -> None:
    (tmp_path / "p.yaml").write_text("actors: [{id: a, allowed_tools: [get_it]}]")
    assert run("test", "p.yaml").exit_code == 1


def test_a_bundle_is_the_same_every_time_and_stands_in_a_policy_s_place(tmp_path: Path) -> None:
    run("build", READ_ONLY, "-o", "one.tar.gz")
    run("build", READ_ONLY, "-o", "two.tar.gz")
    assert (tmp_path / "one.tar.gz").read_bytes() == (tmp_path / "two.tar.gz").read_bytes()
    result = run("decide", "one.tar.gz", *DOCUMENT, "--arguments", '{"path": "docs/a.md"}')
    assert result.exit_code == 0


def test_explain_says_what_a_code_means_and_lists_them_all() -> None:
    text = run("explain", "read_only.path_denied").stdout
    assert {line.split()[0] for line in text.splitlines()} >= {"read_only.path_denied", "means", "fix"}
    assert json.loads(run("explain", "read_only.path_denied", "--json").stdout)["code"] == "read_only.path_denied"
    assert "scoped_write.scope_missing" in run("explain").stdout


def test_the_demo_shows_verdicts_and_reasons() -> None:
    result = run("demo")
    assert result.exit_code == 0
    assert result.stdout == result.stdout.replace("\x1b", "")
    assert "read_only.path_denied: " in result.stdout
    assert "calls decided" in result.stdout


def test_the_demo_shows_the_policies_of_a_folder_of_one_s_own(tmp_path: Path) -> None:
    (tmp_path / "mine" / "agent").mkdir(parents=True)
    tests = "tests: [{id: odd, actor: a, tool: t, arguments: [1], expect: deny}]"
    (tmp_path / "mine" / "agent" / "policy.yaml").write_text(f"actors: [{{id: a, allowed_tools: [t]}}]\n{tests}\n")
    lines = run("demo", "mine").stdout.splitlines()
    assert lines[1].split() == ["agent", "mine/agent/policy.yaml"]
    assert lines[3].split()[:4] == ["a:", "t", "[1]", "DENY"]
    assert lines[3].endswith("deny_by_default.arguments_malformed: Arguments malformed")


def test_a_reader_who_leaves_ends_the_batch_quietly(tmp_path: Path) -> None:
    (tmp_path / "calls.jsonl").write_bytes(b"\n".join(CALLS * 500))
    program = f"{sys.executable} -c 'from mcp_opa.cli import main; main()'"
    shell = f"{program} decide {READ_ONLY} --calls calls.jsonl | head -n 1"
    ran = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True, check=False, env={**os.environ})
    assert (len(ran.stdout.splitlines()), ran.stderr) == (1, "")
