"""Runs the project's checks, one stage after another, and says what failed and how long each stage took.

Guarantees: every stage runs, whatever came of those before it, and the exit status is 0 only if all passed. `check` is
what one runs while working; `test` is the same with every test there is. It installs nothing: `make` does that before.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
OPA = ROOT / ".cache" / "bin" / "opa"
REGAL = ROOT / ".cache" / "bin" / "regal"
REGO = ["rego", "tests/cases"]
CAPABILITIES = "--capabilities=tools/capabilities.json"
SCHEMA = "--schema=schema/input.schema.json"
COVERAGE = ["--timeout=300s", "--coverage", "--threshold=100", "--format=pretty"]
TABLE = ".cache/cases"
"""Where the table of cases is expanded to, for `opa test`."""
BUNDLES = sorted((ROOT / "bundles").glob("*/policy.yaml"))
PYTEST: list[object] = [sys.executable, "-m", "pytest"]
COVERED = [*PYTEST, "--cov", "--cov-report=term"]
"""Takes twice as long, so that it is left to `test`, which wants a share of lines."""
APART = {
    "compose": ["tests/compose"],
    "conformance": ["tests/conformance"],
    "at once": ["tests/test_together.py"],
    "real servers, soak": ["tests/servers", "tests/soak"],
}
"""Tests that run without coverage: of what runs elsewhere, or so much at once that it would take many times as long."""

HOUSE: dict[str, list[object]] = {
    "format": [BIN / "ruff", "format", "--check", "."],
    "lint": [BIN / "ruff", "check", "."],
    "types": [BIN / "mypy"],
    "imports": [BIN / "lint-imports", "--no-logo"],
    "rego format": [OPA, "fmt", "--fail", "--list", *REGO],
    "rego check": [OPA, "check", "--strict", CAPABILITIES, SCHEMA, "--ignore=*_test.rego", "rego/mcp"],
    "rego tests, checked": [OPA, "check", "--strict", *REGO],
    "table of cases": [sys.executable, "-m", "tests.cases.expand", TABLE],
    "rego tests": [OPA, "test", "--timeout=300s", "--fail-on-empty", "rego", "tests/cases/cases_test.rego", TABLE],
    "rego coverage": [OPA, "test", *COVERAGE, "rego", "tests/cases/cases_test.rego", TABLE],
    "rego lint": [REGAL, "lint", *REGO],
    "generated files": [sys.executable, "tools/generate.py", "--check"],
}
SETS: dict[str, dict[str, list[object]]] = {
    "check": HOUSE | {"unit tests": [*PYTEST, "-m", "not live and not slow"]},
    "test": HOUSE
    | {
        "bundles checked": [BIN / "mcp-opa", "check", *BUNDLES],
        "bundles' own tests": [BIN / "mcp-opa", "test", *BUNDLES],
        "demo": [BIN / "mcp-opa", "demo"],
        "demo, real server": [sys.executable, "-m", "tools.demo"],
        "compose": [*PYTEST, *APART["compose"]],
        "sample of mutants": [sys.executable, "-m", "tools.mutants", "--sample", "12"],
        "conformance": [*PYTEST, *APART["conformance"]],
        "at once": [*PYTEST, *APART["at once"]],
        "real servers, soak": [*PYTEST, *APART["real servers, soak"]],
        "all tests": [*COVERED, *(f"--ignore={path}" for paths in APART.values() for path in paths)],
    },
}


def main(name: str) -> int:
    """Run the stages of `check` or `test`; 0 if all passed."""
    results = [(stage, *run(stage, command)) for stage, command in SETS[name].items()]
    print(f"\n{'stage':20} {'seconds':>8}")
    for stage, status, seconds in results:
        print(f"{stage:20} {seconds:8.1f}{'  FAILED' if status else ''}")
    print(f"{'all':20} {sum(seconds for _, _, seconds in results):8.1f}")
    return int(any(status for _, status, _ in results))


def run(stage: str, command: list[object]) -> tuple[int, float]:
    """The exit status of one stage, and the seconds that it took."""
    print(f"\n── {stage}", flush=True)
    began = time.monotonic()
    words = [str(part) for part in command]
    try:
        status = subprocess.run(words, cwd=ROOT, stdin=subprocess.DEVNULL, check=False).returncode
    except OSError as error:
        print(f"{error}; run it through `make`, which installs what it needs")
        status = 1
    return status, time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
