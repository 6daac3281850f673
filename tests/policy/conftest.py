"""The pure Rego libraries, asked in both engines at once."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mcp_opa.model import Json, Question
from mcp_opa.pdp.embedded import Bounds, EmbeddedOpa

ROOT = Path(__file__).parents[2]
LIBRARIES = [f"rego/mcp/lib/{name}" for name in ("host", "name", "path", "plain", "pointer", "words")]
SOURCES = [*LIBRARIES, "tests/policy/libraries.rego"]
BATCH = 500
"""Questions in one input document."""
BOUNDS = Bounds(deadline_seconds=10, document_bytes=16 * 1024 * 1024)

Asked = tuple[str, list[Json]]
"""A function, as `path.match`, and its arguments."""
UNDEFINED = None
"""What stands for a function's silence; none of them gives null."""


class Libraries:
    """Both engines, with the libraries and nothing else."""

    def __init__(self, opa: Path, folder: Path) -> None:
        self._opa = opa
        self._folder = folder
        bundle = folder / "bundle.tar.gz"
        entries = [f"--entrypoint=mcp/authz/{question}" for question in Question]
        command = ["build", "--target=wasm", "--ignore=*_test.rego", *entries, f"--output={bundle}"]
        self._run(*command, *SOURCES)
        with tarfile.open(bundle) as archive:
            module = archive.extractfile("/policy.wasm")
            assert module
            self._embedded = EmbeddedOpa(b"{}", bounds=BOUNDS, wasm=module.read())

    def ask(self, questions: Sequence[Asked]) -> list[Json]:
        """The answers, the same in both engines."""
        answers = self.embedded(questions)
        assert answers == self.opa(questions)
        return answers

    def holding(self, function: str, *arguments: Json, last: Sequence[Json]) -> list[Json]:
        """Those of `last` for which the function holds, as its last argument."""
        answers = self.ask([(function, [*arguments, value]) for value in last])
        return [value for value, answer in zip(last, answers, strict=True) if answer is True]

    def embedded(self, questions: Sequence[Asked]) -> list[Json]:
        """The answers of the embedded engine."""
        return [answer for document in _documents(questions) for answer in self._embedded_answers(document)]

    def opa(self, questions: Sequence[Asked]) -> list[Json]:
        """The answers of OPA, in which no built-in may err."""
        document = self._folder / "input.json"
        document.write_text(json.dumps({"questions": questions}, ensure_ascii=False))
        options = [option for source in SOURCES for option in ("--data", source)]
        command = ["eval", "--format=raw", "--strict-builtin-errors", "--input", str(document)]
        return _answers(json.loads(self._run(*command, *options, "data.mcp.authz.decision")))

    def _embedded_answers(self, document: bytes) -> list[Json]:
        answer = self._embedded.ask(Question.DECISION, document)
        assert answer.cause is None, answer.detail
        return _answers(answer.value)

    def _run(self, *command: str) -> str:
        run = subprocess.run([self._opa, *command], cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout


def _documents(questions: Sequence[Asked]) -> Iterator[bytes]:
    for start in range(0, len(questions), BATCH):
        yield json.dumps({"questions": questions[start : start + BATCH]}, ensure_ascii=False).encode()


def _answers(told: list[dict[str, Json]]) -> list[Json]:
    return [answer.get("answer", UNDEFINED) for answer in told]


@pytest.fixture(scope="session")
def libraries(opa: Path, tmp_path_factory: pytest.TempPathFactory) -> Libraries:
    """The libraries as they stand in the sources."""
    return Libraries(opa, tmp_path_factory.mktemp("libraries"))
