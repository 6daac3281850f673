"""All mutants there are, and those that are excused."""

from __future__ import annotations

from pathlib import Path

import yaml

from tools.mutants import python, rego
from tools.mutants.mutant import ROOT, Mutant

EXCUSES = Path(__file__).parent / "equivalent.yaml"


def everything() -> list[Mutant]:
    """Every mutant of the Rego, of the contract and of the gate."""
    policies = [path for path in sorted((ROOT / "rego").rglob("*.rego")) if not path.name.endswith("_test.rego")]
    modules = [path for part in ("contract", "gate") for path in sorted((ROOT / "mcp_opa" / part).rglob("*.py"))]
    return [m for path in policies for m in rego.mutants(path)] + [m for path in modules for m in python.mutants(path)]


def excuses() -> dict[str, str]:
    """The names of the mutants that change nothing, and why."""
    return yaml.safe_load(EXCUSES.read_text()) or {}
