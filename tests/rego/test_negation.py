"""What may be negated in Rego: `not f(x.y)` is undefined where `x.y` is; a refusal written so would not refuse."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcp_opa.model import Json

ROOT = Path(__file__).resolve().parent.parent.parent
MODULES = sorted(path for path in (ROOT / "rego").rglob("*.rego") if not path.name.endswith("_test.rego"))
PLAIN = {"var", "string", "number", "boolean", "null"}
UNDEFINED = ["not f(input.x)", "not f(g(1))", "not data.a[input.x]", "not startswith(input.x, `a`)"]


def negated(node: Json) -> Iterator[Json]:
    """Every negated expression below a node of a parsed module."""
    if isinstance(node, dict):
        if node.get("negated"):
            yield node
        for child in node.values():
            yield from negated(child)
    elif isinstance(node, list):
        for child in node:
            yield from negated(child)


def hoisted(expression: Json) -> list[str]:
    """The kinds of arguments and keys that OPA evaluates before the negation: references, calls."""
    terms = expression["terms"]
    if isinstance(terms, list):
        return [term["type"] for term in terms[1:] if term["type"] not in PLAIN]
    return [part["type"] for part in terms["value"] if part["type"] not in PLAIN] if terms["type"] == "ref" else []


def parse(opa: Path, path: Path) -> Json:
    run = subprocess.run([opa, "parse", "--format", "json", path], capture_output=True, check=True)
    return json.loads(run.stdout)


@pytest.mark.parametrize("path", MODULES, ids=[str(path.relative_to(ROOT / "rego")) for path in MODULES])
def test_only_what_has_a_value_is_negated(opa: Path, path: Path) -> None:
    assert [expression["terms"] for expression in negated(parse(opa, path)) if hoisted(expression)] == []


@pytest.mark.parametrize("body", UNDEFINED)
def test_a_negation_that_could_be_undefined_is_found(opa: Path, tmp_path: Path, body: str) -> None:
    path = tmp_path / "module.rego"
    path.write_text(f"package a\n\nf(x) if x\n\ng(x) := x\n\nrefused if {{ {body} }}\n")
    assert [hoisted(expression) for expression in negated(parse(opa, path))] != [[]]
