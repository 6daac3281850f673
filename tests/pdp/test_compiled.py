"""The cache of compiled policies: what it must not run, then what it saves."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from wasmtime import Config, Engine, WasmtimeError, wat2wasm

from mcp_opa.pdp.embedded._compiled import compiled, user_cache

ONE, TWO = (bytes(wat2wasm(f'(module (func (export "{name}")))')) for name in ("one", "two"))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A folder that doesn't exist yet."""
    return tmp_path / "new" / "wasm"


def exported(wasm: bytes, cache: Path | None, engine: Engine | None = None) -> str | None:
    """The name of the one function of what comes out for `wasm`."""
    return compiled(engine or Engine(), wasm, cache).exports[0].name


def put_two_in_the_place_of_one(cache: Path) -> Path:
    """So that what comes out for ONE tells whether the cache was believed: the file of ONE, holding TWO."""
    exported(ONE, cache)
    (file,) = cache.iterdir()
    exported(TWO, cache)
    (other,) = set(cache.iterdir()) - {file}
    other.replace(file)
    return file


def test_what_was_compiled_is_taken_from_the_cache(cache: Path) -> None:
    put_two_in_the_place_of_one(cache)
    assert exported(ONE, cache) == "two"


def test_the_cache_is_closed_to_others_and_holds_nothing_half_written(cache: Path) -> None:
    file = put_two_in_the_place_of_one(cache)
    assert list(cache.iterdir()) == [file]
    assert (file.stat().st_mode & 0o777, cache.stat().st_mode & 0o777) == (0o600, 0o700)


def open_the_folder(file: Path) -> None:
    file.parent.chmod(0o770)


def open_the_file(file: Path) -> None:
    file.chmod(0o640)


def link_the_folder(file: Path) -> None:
    moved = file.parent.rename(file.parent.with_name("elsewhere"))
    file.parent.symlink_to(moved)


def link_the_file(file: Path) -> None:
    moved = file.rename(file.parent.parent / "elsewhere")
    file.symlink_to(moved)


def cut_the_file(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-1])


def empty_the_file(file: Path) -> None:
    file.write_bytes(b"")


def flip_a_bit(file: Path) -> None:
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 1
    file.write_bytes(raw)


def fill_with_what_is_no_module(file: Path) -> None:
    file.write_bytes(hashlib.sha256(b"no module").digest() + b"no module")


def put_a_pipe(file: Path) -> None:
    file.unlink()
    os.mkfifo(file, 0o600)


def put_a_folder(file: Path) -> None:
    file.unlink()
    file.mkdir(0o700)


@pytest.mark.parametrize(
    "harm",
    [
        open_the_folder,
        open_the_file,
        link_the_folder,
        link_the_file,
        cut_the_file,
        empty_the_file,
        flip_a_bit,
        fill_with_what_is_no_module,
        put_a_pipe,
        put_a_folder,
    ],
)
def test_a_cache_that_is_not_safe_or_not_whole_is_not_believed(cache: Path, harm: Callable[[Path], None]) -> None:
    harm(put_two_in_the_place_of_one(cache))
    assert exported(ONE, cache) == "one"


def test_the_cache_of_another_user_is_not_believed(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put_two_in_the_place_of_one(cache)
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert exported(ONE, cache) == "one"


def test_the_code_of_another_configuration_is_not_believed(cache: Path) -> None:
    put_two_in_the_place_of_one(cache)
    config = Config()
    config.epoch_interruption = True
    assert exported(ONE, cache, Engine(config)) == "one"


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_where_no_folder_can_be_made_the_module_is_compiled(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    assert exported(ONE, tmp_path / place) == "one"


def test_without_a_cache_the_module_is_compiled() -> None:
    assert exported(ONE, None) == "one"


def test_what_is_no_module_leaves_nothing_behind(cache: Path) -> None:
    with pytest.raises(WasmtimeError):
        exported(b"no module", cache)
    assert list(cache.iterdir()) == []


def test_the_users_cache_is_where_xdg_says(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert user_cache() == tmp_path / "mcp-opa" / "wasm"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert user_cache() == tmp_path / ".cache" / "mcp-opa" / "wasm"


def test_a_users_cache_that_depends_on_the_working_folder_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    assert user_cache() is None
