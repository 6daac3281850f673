"""The built-ins that the Rego may use: those on which OPA and its Wasm target agree."""

import json
import subprocess
from pathlib import Path

from mcp_opa.model import Json

ROOT = Path(__file__).resolve().parent.parent.parent
UNEQUAL = ("glob.", "net.", "json.", "base64", "time.", "http.", "opa.", "rand.", "crypto.", "io.", "uuid.", "units.")
"""Wrong, missing or impure in one of the engines."""
FORBIDDEN = {"to_number", "format_int", "sprintf", "walk", "div", "bits.negate"}


def allowed() -> dict[str, Json]:
    listed = json.loads((ROOT / "tools" / "capabilities.json").read_text())
    return {builtin["name"]: builtin["decl"] for builtin in listed["builtins"]}


def test_no_built_in_is_allowed_that_the_engines_read_differently() -> None:
    assert [name for name in allowed() if name in FORBIDDEN or name.startswith(UNEQUAL)] == []


def test_every_built_in_that_is_allowed_is_one_of_the_pinned_opa(opa: Path) -> None:
    told = subprocess.run([opa, "capabilities", "--current"], capture_output=True, check=True).stdout
    known = {builtin["name"]: len(builtin["decl"].get("args", ())) for builtin in json.loads(told)["builtins"]}
    assert [name for name, decl in allowed().items() if known.get(name) != len(decl.get("args", ()))] == []


def test_the_network_is_not_allowed() -> None:
    assert json.loads((ROOT / "tools" / "capabilities.json").read_text())["allow_net"] == []


def test_a_module_with_another_built_in_is_refused(opa: Path, tmp_path: Path) -> None:
    module = tmp_path / "module.rego"
    module.write_text('package a\n\nb if glob.match("*", [], input.c)\n')
    command = [str(opa), "check", "--capabilities", "tools/capabilities.json", str(module)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode != 0
    assert "undefined function glob.match" in run.stdout + run.stderr
