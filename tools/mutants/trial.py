"""Whether any test notices a mutant.

Guarantees: a mutant is tried in a copy of the repository, by the tests that are meant for its file first and then by
all of its kind; the first that fails ends the trial, and so does time. The copy is as it was when the trial is over.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path

from tools.mutants.mutant import OPA, ROOT, Mutant

SECONDS = 180
"""After which the tests are stopped: the mutant doesn't come to an end, which is noticed."""
_LEFT_OUT = shutil.ignore_patterns(".*", "__pycache__", "bench", "build", "dist")
_ENVIRONMENT = os.environ | {"GOMAXPROCS": "1", "PYTHONDONTWRITEBYTECODE": "1", "CI": "1"}
_OPA_TEST = [str(OPA), "test", "--timeout=600s"]
_TABLE = ["tests/cases/cases_test.rego", "cases"]
_PYTEST = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", "-m", "not live and not slow"]
_COMPILE_ERROR = 1


class Result(StrEnum):
    """What became of a mutant."""

    NOTICED = "noticed"
    SURVIVED = "survived"
    ENDLESS = "endless"
    """The tests didn't come to their end in time, which somebody would notice too."""
    STILLBORN = "stillborn"
    """It doesn't compile."""


class Bench:
    """A copy of the repository for one trial at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        shutil.copytree(ROOT, folder, ignore=_LEFT_OUT)
        (folder / ".cache").symlink_to(ROOT / ".cache")
        self._run([sys.executable, "-m", "tests.cases.expand", "cases"]).check_returncode()

    def tried(self, mutant: Mutant) -> Result:
        """What becomes of a mutant in this copy."""
        place = self._folder / mutant.file
        whole = place.read_bytes()
        place.write_bytes(mutant.text)
        try:
            return self._tried(mutant.file)
        finally:
            place.write_bytes(whole)

    def sound(self, file: str) -> bool:
        """Whether the tests of a file's kind pass without any change: else they would notice everything."""
        return self._tried(file) is Result.SURVIVED

    def _tried(self, file: str) -> Result:
        for command in _rego(file) if file.endswith(".rego") else _python(file):
            try:
                run = self._run(command)
            except subprocess.TimeoutExpired:
                return Result.ENDLESS
            if run.returncode == _COMPILE_ERROR and b"during loading" in run.stdout:
                return Result.STILLBORN
            if run.returncode:
                return Result.NOTICED
        return Result.SURVIVED

    def _run(self, command: list[str]) -> subprocess.CompletedProcess[bytes]:
        """What a command gives. Whatever it has started ends with it, in time or not."""
        with subprocess.Popen(
            command,
            cwd=self._folder,
            env=_ENVIRONMENT | {"PYTHONPATH": str(self._folder)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as running:
            try:
                said, _ = running.communicate(timeout=SECONDS)
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGKILL)
        return subprocess.CompletedProcess(command, running.returncode, said)


def _rego(file: str) -> Iterator[list[str]]:
    """The tests of the package, then all there are, and the table of cases."""
    package = r"\.".join(Path(file).parent.parts[1:])
    yield [*_OPA_TEST, f"--run=^data\\.{package}", "rego"]
    yield [*_OPA_TEST, "--fail-on-empty", "rego", *_TABLE]


def _python(file: str) -> Iterator[list[str]]:
    """The tests of the module, if it has its own, then those of its part, and of the gate, which stands on all."""
    part, module = Path(file).parts[1:3]
    own = f"tests/{part}/test_{module.removeprefix('_')}"
    if (ROOT / own).exists():
        yield [*_PYTEST, own]
    yield [*_PYTEST, *dict.fromkeys((f"tests/{part}", "tests/gate"))]
