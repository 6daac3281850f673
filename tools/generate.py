"""Makes every generated file of the repository again; with `--check` it only compares, and writes nothing.

Guarantees: each file is a function of the sources alone, the same bytes on every machine; a file is replaced whole or
left as it is. The steps run in order, as later ones read what earlier ones made. Needs the pinned OPA (`make tools`).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml

from mcp_opa import bundle, contract, policy, shipped
from mcp_opa.model import Json
from mcp_opa.pep import config

ROOT = Path(__file__).resolve().parent.parent
OPA = ROOT / ".cache" / "bin" / "opa"
CAPABILITIES = "--capabilities=tools/capabilities.json"
ENTRY_POINTS = ("decision", "visible", "needs", "about")
Made = Iterator[tuple[str, bytes]]
"""Pairs of a path from the repository's root and the bytes that belong there."""


def rego() -> Made:
    """The text of every module under `rego/mcp` that isn't a test, by its path below `rego/`."""
    modules = {path.relative_to(ROOT / "rego").as_posix(): path.read_text() for path in _modules()}
    yield "mcp_opa/shipped/rego.json", _pretty(modules)


def wasm() -> Made:
    """The same Rego compiled. The path given to OPA is relative: only then are the bytes the same in every clone."""
    entries = [f"--entrypoint=mcp/authz/{name}" for name in ENTRY_POINTS]
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "bundle.tar.gz"
        options = [CAPABILITIES, "--ignore=*_test.rego", f"--output={target}"]
        _opa("build", "--target=wasm", *entries, *options, "rego/mcp")
        with tarfile.open(target) as archive:
            module = archive.extractfile("/policy.wasm")
            assert module, "opa build -t wasm always packs a policy.wasm"
            yield "mcp_opa/shipped/policy.wasm", module.read()


def rules() -> Made:
    """What the METADATA of each rule that permits or refuses says to people, by its code. Such a rule has a title."""
    examples = _examples()
    found: dict[str, Json] = {}
    for place in _annotated():
        said = place["annotations"]
        if "title" not in said or said["scope"] not in {"rule", "document"}:
            continue
        for code in _codes([part["value"] for part in place["path"]]):
            found[code] = {**_texts(said), "example": examples.get(code, examples.get(code.partition(".")[2], ""))}
    yield "mcp_opa/shipped/rules.json", _pretty(found)


def _annotated() -> list[Json]:
    """The METADATA of the modules that are shipped. A copy is inspected: tests lie outside of the manifest's roots."""
    with tempfile.TemporaryDirectory() as scratch:
        copy = Path(scratch) / "rego"
        shutil.copytree(ROOT / "rego", copy, ignore=shutil.ignore_patterns("*_test.rego", "system"))
        inspected = json.loads(_opa("inspect", "--annotations", "--format=json", str(copy)))
    annotated: list[Json] = inspected["annotations"]
    return annotated


def _codes(path: list[str]) -> list[str]:
    """The codes that a rule's reasons bear: those of its policy, or of both that share the constraints' findings."""
    match path:
        case ["data", "mcp", "authz", policy_name, rule]:
            return [f"{policy_name}.{rule}"]
        case ["data", "mcp", "lib", "constraint", _, rule]:
            return [f"{policy_name}.{rule}" for policy_name in ("read_only", "scoped_write")]
        case _:
            return []


def _texts(said: Json) -> Json:
    custom = said.get("custom", {})
    return {
        "title": said["title"],
        "description": said.get("description", ""),
        "fix": custom.get("fix", ""),
        "monitor": custom.get("monitor", False),
        "controls": custom.get("controls", []),
    }


def _examples() -> dict[str, str]:
    """A call of the table of cases for each code that its row names, and for the rule's name alone."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "tests" / "cases").glob("*.yaml")):
        for row in yaml.safe_load(path.read_text())["cases"]:
            told = f"{row['tool']} {json.dumps(row.get('arguments', {}), ensure_ascii=False)} ({row['case']})"
            for reason in (*row.get("reasons", ()), *row.get("would_deny", ())):
                code = reason.partition(" ")[0]
                found.setdefault(code, told)
                found.setdefault(code.partition(".")[2], told)
    return found


def rules_page() -> Made:
    """The same texts as a page; the codes that `read_only` and `scoped_write` share stand there once."""
    found = json.loads((ROOT / "mcp_opa" / "shipped" / "rules.json").read_bytes())
    shared = {code for code in found if f"scoped_write.{code.removeprefix('read_only.')}" in found}
    parts = [_RULES_HEAD]
    for code, rule in found.items():
        name = code.removeprefix("scoped_write.")
        if name != code and f"read_only.{name}" in shared and found[f"read_only.{name}"] == rule:
            continue
        both = code in shared and found[f"scoped_write.{code.removeprefix('read_only.')}"] == rule
        parts.append(_rule_entry(code + (f", scoped_write.{code.removeprefix('read_only.')}" if both else ""), rule))
    yield "docs/rules.md", "\n".join(parts).encode()


def _rule_entry(codes: str, rule: Json) -> str:
    lines = [f"## {codes}\n", f"**{rule['title']}.** {' '.join(rule['description'].split())}\n"]
    if rule["fix"]:
        lines.append(f"To mend it: {' '.join(rule['fix'].split())}\n")
    if rule["example"]:
        lines.append(f"Example: `` {rule['example']} ``\n")
    if rule["monitor"]:
        lines.append("Under LOG_AND_ALLOW the call runs, and this is recorded.\n")
    return "\n".join(lines)


_RULES_HEAD = """\
# What a decision's codes mean

Made from the METADATA of the rules in `rego/` by `make generate`; `mcp-opa explain CODE` says the same. A code that a
permit bears says which policy allowed the call; every other one is a reason to refuse it. Codes are never reused.
"""


def schemas() -> Made:
    """The shape of the input document (for `opa check`), and of what people write (for editors)."""
    yield "schema/input.schema.json", _pretty(contract.input_schema())
    yield "schema/policy.schema.json", _pretty(policy.schema())
    yield "schema/gateway.schema.json", _pretty(config.schema())


def bundles() -> Made:
    """The data that each example policy converts to, sealed with the digest of the Rego that is shipped."""
    for path in sorted((ROOT / "bundles").glob("*/policy.yaml")):
        data = policy.convert(path.read_bytes(), path.name).data
        sealed = bundle.seal(data, shipped.rego_digest())
        yield path.with_name("data.json").relative_to(ROOT).as_posix(), contract.canonical(sealed)


STEPS: tuple[Callable[[], Made], ...] = (rego, wasm, rules, rules_page, schemas, bundles)


def main(arguments: list[str]) -> int:
    """Write what changed and name it; with `--check` name what would change, and then give 1."""
    check = arguments == ["--check"]
    stale = 0
    for step in STEPS:
        for name, content in step():
            path = ROOT / name
            if path.is_file() and path.read_bytes() == content:
                continue
            stale += 1
            if not check:
                _write(path, content)
            print(
                f"{name}: {'differs from what its sources make; run `make generate`' if check else 'made'}", flush=True
            )
    return int(check and stale > 0)


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def _opa(*arguments: str) -> bytes:
    run = subprocess.run([OPA, *arguments], cwd=ROOT, capture_output=True, check=False)
    if run.returncode:
        raise SystemExit(f"opa {' '.join(arguments)}\n{run.stdout.decode()}{run.stderr.decode()}")
    return run.stdout


def _modules() -> list[Path]:
    return sorted(path for path in (ROOT / "rego" / "mcp").rglob("*.rego") if not path.name.endswith("_test.rego"))


def _pretty(value: Json) -> bytes:
    return (json.dumps(value, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
