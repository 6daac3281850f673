"""The rules of the house that no tool of its own holds."""

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from itertools import chain
from pathlib import Path

import pytest

from tools import get, stages

ROOT = Path(__file__).resolve().parent.parent
PURE = ["bundle", "contract", "facts", "model", "policy", "signature"]
"""They do no IO and read no clock: import-linter holds their imports, the test below their calls."""
IMPURE = {
    "open",
    "print",
    "input",
    "eval",
    "exec",
    ".now",
    ".today",
    ".utcnow",
    ".read_text",
    ".read_bytes",
    ".write_bytes",
}
MODULE_LINES = 300
REGO_LINES = 100
"""Of code, blank lines and comments aside. Twice or so what a file should have: past it, a second noun hides inside."""


def _modules() -> list[Path]:
    return sorted((ROOT / "mcp_opa").rglob("*.py"))


def _policies() -> list[Path]:
    return sorted(path for path in (ROOT / "rego").rglob("*.rego") if not path.name.endswith("_test.rego"))


def _part(path: Path) -> str:
    return path.relative_to(ROOT / "mcp_opa").parts[0].removesuffix(".py")


def _calls(path: Path) -> set[str]:
    called = [node.func for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call)]
    names = {node.id for node in called if isinstance(node, ast.Name)}
    return names | {f".{node.attr}" for node in called if isinstance(node, ast.Attribute)}


def test_bytes_go_in_and_values_come_out_below_the_gate() -> None:
    calls = {path.name: _calls(path) & IMPURE for path in _modules() if _part(path) in PURE}
    assert {name: found for name, found in calls.items() if found} == {}


def test_no_file_hides_a_second_noun() -> None:
    bounds = dict.fromkeys(_modules(), MODULE_LINES) | dict.fromkeys(_policies(), REGO_LINES)
    lines = {path: len(re.findall(r"^[^#\n]", path.read_text(), re.MULTILINE)) for path in bounds}
    assert {path.name: count for path, count in lines.items() if count > bounds[path]} == {}


def test_constraints_pin_exact_versions_and_name_no_address() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[0-9][A-Za-z0-9.]*", line)] == []


def test_the_installed_packages_are_those_of_the_constraints() -> None:
    pins = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text().splitlines() if "==" in line)
    wanted = {_normal(name): version for name, version in pins.items()}
    installed = {_normal(found.name): found.version for found in importlib.metadata.distributions()}
    assert {name: version for name, version in installed.items() if version != wanted.get(name, version)} == {}


def test_every_dependency_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    asked = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    names = {_normal(re.split(r"[\[<>=~! ]", requirement)[0]) for requirement in asked} - {project["name"]}
    pins = {_normal(line.split("==")[0]) for line in (ROOT / "constraints.txt").read_text().splitlines()}
    assert names - pins == set()


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_make_alone_lists_every_target() -> None:
    run = subprocess.run(["make", "--no-print-directory"], cwd=ROOT, capture_output=True, text=True, check=True)
    listed = [line.split()[1] for line in run.stdout.splitlines()]
    phony = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert phony
    assert listed == phony[1].split()


def test_a_stage_that_fails_or_does_not_start_is_a_failure() -> None:
    assert stages.run("three", [sys.executable, "-c", "raise SystemExit(3)"])[0] == 3
    assert stages.run("none", [ROOT / "no-such-program"])[0] == 1


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What `tools/get.py` needs of a clone, in a folder of its own, with an empty PATH and an empty cache."""
    for tool in get.MODULES:
        shutil.copytree(ROOT / "tools" / tool, tmp_path / "tools" / tool)
    shutil.copy(ROOT / "tools" / "get.py", tmp_path / "tools")
    (tmp_path / "path").mkdir()
    return tmp_path


GO = '[ "$1" = version ] && echo go version go1.30.1 any && exit'
"""How a Go that is new enough answers for its version."""


def _get(clone: Path, *tools: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": str(clone / "path"), "XDG_CACHE_HOME": str(clone / "cache"), "HOME": str(clone)}
    command: list[str | Path] = [sys.executable, clone / "tools" / "get.py", *tools]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def _program(path: Path, script: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


def test_a_build_that_fails_says_how_to_get_the_tool_and_leaves_nothing(clone: Path) -> None:
    _program(clone / "path" / "go", f"{GO}; exit 7")
    run = _get(clone)
    assert run.returncode == 1
    assert "ended with status 7" in run.stderr
    assert f"put opa {get.wanted('opa')} on PATH" in run.stderr
    assert list((clone / "cache" / "mcp-opa" / "bin").iterdir()) == []
    assert not (clone / ".cache").exists()


def test_a_build_is_placed_and_not_made_twice(clone: Path) -> None:
    _program(clone / "path" / "go", f"{GO}; echo building; printf '#!/bin/sh\\necho ok' > $5; /bin/chmod +x $5")
    first, second = _get(clone), _get(clone)
    assert (first.returncode, first.stdout.count("building\n")) == (0, 2)
    assert (second.returncode, second.stdout) == (0, "")
    made = clone / "cache" / "mcp-opa" / "bin" / f"regal-{get.wanted('regal')}"
    assert (clone / ".cache" / "bin" / "regal").readlink() == made


def test_the_right_version_on_path_is_taken_and_a_wrong_one_is_not(clone: Path) -> None:
    _program(clone / "path" / "opa", f"echo Version: {get.wanted('opa')}")
    _program(clone / "path" / "regal", f"echo Version: {get.wanted('regal')}0")
    _program(clone / "path" / "go", f"{GO}; exit 7")
    run = _get(clone)
    assert (clone / ".cache" / "bin" / "opa").readlink() == clone / "path" / "opa"
    assert run.returncode == 1
    assert run.stderr.startswith(f"regal {get.wanted('regal')}: ")


def test_compose_is_got_when_it_is_named(clone: Path) -> None:
    version = get.wanted("docker-compose")
    _program(clone / "path" / "docker-compose", f"echo Docker Compose version v{version}")
    run = _get(clone, "docker-compose")
    assert (run.returncode, run.stderr) == (0, "")
    assert [(path.name, path.readlink()) for path in (clone / ".cache" / "bin").iterdir()] == [
        ("docker-compose", clone / "path" / "docker-compose")
    ]
