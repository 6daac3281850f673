"""What the package carries: the Rego, the same Rego compiled to Wasm, and what each rule says to people.

Guarantees: each file is read when it is first asked for, and once. `tools/generate.py` writes them; nothing here does.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mcp_opa import bundle

_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that can refuse or permit, as its METADATA in Rego describes it."""

    title: str
    description: str
    fix: str
    """What to change so that the rule is content."""
    monitor: bool
    """Whether `default_action: LOG_AND_ALLOW` softens it."""
    controls: tuple[str, ...]
    """Labels of the security controls that it serves."""
    example: str = ""


@cache
def wasm() -> bytes:
    """The Rego, compiled by `opa build -t wasm`."""
    return (_HERE / "policy.wasm").read_bytes()


@cache
def rego() -> dict[str, str]:
    """The text of each Rego file, by its path in a bundle; no tests."""
    modules: dict[str, str] = json.loads((_HERE / "rego.json").read_bytes())
    return modules


@cache
def rego_digest() -> str:
    """The digest of the Rego, which is part of every revision."""
    return bundle.digest(rego())


@cache
def rules() -> dict[str, Rule]:
    """What each rule says to people, by its code (`read_only.path_denied`)."""
    found = json.loads((_HERE / "rules.json").read_bytes())
    return {code: Rule(**rule | {"controls": tuple(rule["controls"])}) for code, rule in found.items()}


def templates() -> dict[str, str]:
    """The policies that `mcp-opa init` starts from, by name."""
    return {path.stem: path.read_text("utf-8") for path in sorted((_HERE / "templates").glob("*.yaml"))}
