"""Policies that are not ours: small Rego compiled by the pinned OPA, and modules that lie."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from wasmtime import wat2wasm

from mcp_opa.model import Question

POLICY = """
package mcp.authz

about := {"id": input.id, "revision": data.mcp.policy.revision}

decision := {"id": input.id, "allow": data.mcp.policy.tools[input.tool]}

visible := [tool | some tool in input.tools; data.mcp.policy.tools[tool]]

needs := input
"""
"""Four questions on data such as `{"revision": "1", "tools": {"read_file": true}}`."""

Compile = Callable[..., bytes]


@pytest.fixture(scope="session")
def compile_rego(opa: Path, tmp_path_factory: pytest.TempPathFactory) -> Compile:
    """Wasm of one Rego module with the given entry points, the four questions unless told otherwise."""

    def compile_(rego: str, *questions: str) -> bytes:
        folder = tmp_path_factory.mktemp("rego")
        (folder / "policy.rego").write_text(rego)
        entries = [f"--entrypoint=mcp/authz/{question}" for question in questions or Question]
        command: list[str | Path] = [opa, "build", "--target=wasm", *entries, "--output=bundle.tar.gz", "policy.rego"]
        subprocess.run(command, cwd=folder, check=True, capture_output=True)
        with tarfile.open(folder / "bundle.tar.gz") as archive:
            found = archive.extractfile("/policy.wasm")
            assert found is not None
            return found.read()

    return compile_


@pytest.fixture(scope="session")
def policy(compile_rego: Compile) -> bytes:
    """POLICY, compiled."""
    return compile_rego(POLICY)


PAGES = 32
"""Of 65 536 bytes: the memory of a module that `module` makes."""


def module(  # noqa: PLR0913 (each part of the module can be odd)
    answer: bytes = b'[{"result":1}]',
    *,
    place: int = 4096,
    parsed: int = 8,
    top: int = 65536,
    abi: tuple[int, int] = (1, 3),
    builtins: str = "{}",
    entries: str | None = None,
    imports: str = "",
    without: str = "",
) -> bytes:
    """A module of the ABI's shape that gives every question the same answer, which stands at `place`.

    `parsed` is what it says to data, `top` where it begins to allocate, `without` an export that it lacks.
    """
    if entries is None:
        entries = json.dumps({f"mcp/authz/{question}": number for number, question in enumerate(Question)})
    exports = {
        "opa_wasm_abi_version": f"global (export NAME) i32 (i32.const {abi[0]})",
        "opa_wasm_abi_minor_version": f"global (export NAME) i32 (i32.const {abi[1]})",
        "builtins": "func (export NAME) (result i32) (i32.const 1024)",
        "entrypoints": "func (export NAME) (result i32) (i32.const 2048)",
        "opa_json_dump": "func (export NAME) (param i32) (result i32) (local.get 0)",
        "opa_json_parse": f"func (export NAME) (param i32 i32) (result i32) (i32.const {parsed})",
        "opa_malloc": """func (export NAME) (param i32) (result i32) (global.get $top)
            (global.set $top (i32.add (global.get $top) (local.get 0)))""",
        "opa_heap_ptr_get": "func (export NAME) (result i32) (global.get $top)",
        "opa_eval": f"func (export NAME) (param i32 i32 i32 i32 i32 i32 i32) (result i32) (i32.const {place})",
    }
    texts = {1024: builtins.encode(), 2048: entries.encode(), place: answer}
    segments = [f'(data (i32.const {at}) "{_escaped(text)}")' for at, text in texts.items() if text]
    body = [f"({text.replace('NAME', json.dumps(name))})" for name, text in exports.items() if name != without]
    lines = [f'(import "env" "memory" (memory {PAGES}))', imports, f"(global $top (mut i32) (i32.const {top}))"]
    return bytes(wat2wasm(f"(module {' '.join([*lines, *body, *segments])})"))


def _escaped(text: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in text)
