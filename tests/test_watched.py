"""Files that are replaced while they are in use: what they hold now counts, and never what they held."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mcp_opa.watched import Watched, token


class Unusable(Exception):
    """What these tests have raised."""


def told(ask: Callable[[], object]) -> str:
    with pytest.raises(Unusable) as caught:
        ask()
    return str(caught.value)


def test_a_file_is_read_once_for_each_of_its_states_whether_it_can_be_used_or_not(tmp_path: Path) -> None:
    path, read = tmp_path / "file", []

    def make() -> int:
        read.append(path.read_text())
        if not read[-1].isdecimal():
            raise Unusable(f"no number, the {len(read)}. time")
        return int(read[-1])

    path.write_text("1")
    found = Watched(Unusable, make, path)
    assert (found.value(), found.value()) == (1, 1)
    path.write_text("odd")
    assert (told(found.value), told(found.value)) == ("no number, the 2. time",) * 2
    path.unlink()
    assert told(found.value) == f"{path}: No such file or directory"
    path.write_text("22")
    assert (found.value(), found.value()) == (22, 22)
    assert read == ["1", "odd", "22"]


def test_each_of_several_files_counts(tmp_path: Path) -> None:
    paths = [tmp_path / "one", tmp_path / "two"]
    for path in paths:
        path.write_text("a")
    found = Watched(Unusable, lambda: "".join(path.read_text() for path in paths), *paths)
    assert found.value() == "aa"
    paths[1].write_text("bb")
    assert found.value() == "abb"
    paths[0].unlink()
    assert told(found.value) == f"{paths[0]}: No such file or directory"


def test_what_keeps_a_file_from_being_read_is_not_taken_for_its_content(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_text("1")
    failing = True

    def make() -> str:
        if failing:
            raise OSError(24, "Too many open files")
        return path.read_text()

    assert told(lambda: Watched(Unusable, make, path)) == f"{path}: Too many open files"
    failing = False
    found = Watched(Unusable, make, path)
    path.write_text("22")
    failing = True
    assert told(found.value) == f"{path}: Too many open files"
    failing = False
    assert found.value() == "22"


def test_a_file_that_may_not_be_read_is_told_in_a_sentence(tmp_path: Path) -> None:
    assert told(lambda: token(Unusable, tmp_path)) == f"{tmp_path}: is no plain file of at most 4194304 bytes; name one"
    assert told(lambda: token(Unusable, tmp_path / "none")) == f"{tmp_path / 'none'}: No such file or directory"
