"""Compiled Wasm, kept from run to run in a folder that nobody else can write.

Guarantees: native code is taken from the folder only if folder and file are the user's own, no links, closed to all
others, and the file is whole and was made from the same Wasm by the same wasmtime; else the module is compiled. A
folder that can't be used costs time and nothing else. It does not guard against whoever can write as this user.
"""

from __future__ import annotations

import hashlib
import os
import secrets
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import metadata
from pathlib import Path

from wasmtime import Engine, Module, WasmtimeError

_OTHERS = 0o077
_DIGEST = 32
_LARGEST = 64 * 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
_WRITE = os.O_WRONLY | os.O_CREAT | os.O_EXCL


def user_cache() -> Path | None:
    """Where this user's compiled policies are kept: `$XDG_CACHE_HOME/mcp-opa/wasm`; None for a user without a home."""
    try:
        home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    except RuntimeError:
        return None
    return home / "mcp-opa" / "wasm" if home.is_absolute() else None


def compiled(engine: Engine, wasm: bytes, cache: Path | None) -> Module:
    """The module that `wasm` is, from the folder `cache` or compiled. Raises `wasmtime.WasmtimeError`."""
    made_by = f"{metadata.version('wasmtime')} {sys.platform} {os.uname().machine} "
    name = hashlib.sha256(made_by.encode() + wasm).hexdigest()
    with suppress(OSError, WasmtimeError), _opened(cache) as folder:
        return Module.deserialize(engine, _read(folder, name))
    module = Module(engine, wasm)
    with suppress(OSError), _opened(cache) as folder:
        _write(folder, name, bytes(module.serialize()))
    return module


@contextmanager
def _opened(cache: Path | None) -> Iterator[int]:
    """The folder, opened, so that it can't be exchanged between the look and the use. Raises `OSError`."""
    if cache is None:
        raise FileNotFoundError
    cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = os.open(cache, _FOLDER)
    try:
        _own(folder)
        yield folder
    finally:
        os.close(folder)


def _own(descriptor: int) -> None:
    status = os.fstat(descriptor)
    if status.st_uid != os.geteuid() or stat.S_IMODE(status.st_mode) & _OTHERS:
        raise PermissionError


def _read(folder: int, name: str) -> bytes:
    with open(os.open(name, _READ, dir_fd=folder), "rb") as file:  # noqa: PTH123 (relative to an open folder)
        _own(file.fileno())
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise FileNotFoundError
        raw = file.read(_LARGEST)
    code = raw[_DIGEST:]
    if hashlib.sha256(code).digest() != raw[:_DIGEST]:
        raise FileNotFoundError
    return code


def _write(folder: int, name: str, code: bytes) -> None:
    part = f".{secrets.token_hex(8)}"
    with open(os.open(part, _WRITE, 0o600, dir_fd=folder), "wb") as file:  # noqa: PTH123 (as above)
        file.write(hashlib.sha256(code).digest() + code)
    os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
