"""The pure Rego libraries, asked in both engines at once."""

from __future__ import annotations

import json
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

import pytest

from mcp_opa.model import Json, Question
from mcp_opa.pdp.embedded import Bounds, EmbeddedOpa
from tests.conftest import serving

ROOT = Path(__file__).parents[2]
LIBRARIES = [f"rego/mcp/lib/{name}" for name in ("host", "name", "path", "plain", "pointer", "words")]
SOURCES = [*LIBRARIES, "tests/policy/libraries.rego"]
BATCH = 500
"""Questions in one input document."""
SECONDS = 60
"""How long OPA may take for an answer, on a busy machine."""
BOUNDS = Bounds(deadline_seconds=10, document_bytes=16 * 1024 * 1024)

Asked = tuple[str, list[Json]]
"""A function, as `path.match`, and its arguments."""
UNDEFINED = None
"""What stands for a function's silence; none of them gives null."""


class Libraries:
    """Both engines, with the libraries and nothing else."""

    def __init__(self, wasm: bytes, opa: HTTPConnection) -> None:
        self._embedded = EmbeddedOpa(b"{}", bounds=BOUNDS, wasm=wasm)
        self._opa = opa

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
        body = json.dumps({"input": {"questions": questions}}, ensure_ascii=False).encode()
        self._opa.request("POST", "/v1/data/mcp/authz/decision?strict-builtin-errors=true", body)
        told = json.loads(self._opa.getresponse().read())
        assert "result" in told, told
        return _answers(told["result"])

    def _embedded_answers(self, document: bytes) -> list[Json]:
        answer = self._embedded.ask(Question.DECISION, document)
        assert answer.cause is None, answer.detail
        return _answers(answer.value)


def _documents(questions: Sequence[Asked]) -> Iterator[bytes]:
    for start in range(0, len(questions), BATCH):
        yield json.dumps({"questions": questions[start : start + BATCH]}, ensure_ascii=False).encode()


def _answers(told: list[dict[str, Json]]) -> list[Json]:
    return [answer.get("answer", UNDEFINED) for answer in told]


@pytest.fixture(scope="session")
def libraries(opa: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Libraries]:
    """The libraries as they stand in the sources."""
    folder = tmp_path_factory.mktemp("libraries")
    entries = [f"--entrypoint=mcp/authz/{question}" for question in Question]
    for target in ("wasm", "rego"):
        command: list[str | Path] = [opa, "build", f"--target={target}", "--ignore=*_test.rego", *entries, *SOURCES]
        subprocess.run([*command, f"--output={folder}/{target}.tar.gz"], cwd=ROOT, capture_output=True, check=True)
    with tarfile.open(folder / "wasm.tar.gz") as archive:
        module = archive.extractfile("/policy.wasm")
        assert module
        wasm = module.read()
    with (
        serving(opa, (folder / "rego.tar.gz",), [], folder / "log") as url,
        closing(HTTPConnection(url.removeprefix("http://"), timeout=SECONDS)) as connection,
    ):
        yield Libraries(wasm, connection)
