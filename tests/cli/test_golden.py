"""What a person reads, whole: each file in `tests/golden/` is a command's output, its id and revision left out.

After a change that is meant, `MCP_OPA_GOLDEN=write` writes them anew; read the difference before you commit it.
"""

import os
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from mcp_opa.cli import main

ROOT = Path(__file__).parent.parent.parent
GOLDEN = ROOT / "tests" / "golden"
KIT = ["--actor", "assistant-service", "--tool"]
OUTPUTS: dict[str, list[str]] = {
    "allowed": ["decide", "read-only/policy.yaml", *KIT, "read_file", "--arguments", '{"path": "docs/a.md"}'],
    "refused": ["decide", "read-only/policy.yaml", *KIT, "read_file", "--arguments", '{"path": "docs/.ENV"}'],
    "refused-twice": [
        *("decide", "read-only/policy.yaml", *KIT, "query_database"),
        *("--arguments", '{"sql": "DELETE FROM t", "query": "SELECT pg_sleep(9)"}'),
    ],
    "limited": [
        *("decide", "scoped-write/policy.yaml", "--actor", "content-agent", "--tool", "write_file"),
        *("--arguments", '{"path": "content/drafts/a.md", "content": "# A"}'),
    ],
    "undecided": ["decide", "read-only/policy.yaml", *KIT, "read_file", "--arguments", '{"n": 123456789012345678901}'],
    "check": ["check", "read-only/policy.yaml", "git/policy.yaml"],
    "matrix": ["check", "git/policy.yaml", "--matrix"],
    "explain": ["explain", "read_only.path_not_allowed"],
    "help": ["--help"],
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_a_person_reads_is_as_agreed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT / "bundles")
    monkeypatch.setenv("COLUMNS", "80")
    printed = CliRunner().invoke(main, OUTPUTS[name], prog_name="mcp-opa").output
    shown = re.sub(r"^(id|revision)( +)[0-9a-f]{32,64}$", r"\1\2…", printed, flags=re.MULTILINE)
    golden = GOLDEN / f"{name}.txt"
    if os.environ.get("MCP_OPA_GOLDEN") == "write":
        golden.write_text(shown)
    assert shown == golden.read_text()


def test_no_golden_file_is_left_over() -> None:
    assert sorted(path.stem for path in GOLDEN.iterdir()) == sorted(OUTPUTS)
