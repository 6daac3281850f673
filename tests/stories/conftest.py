"""Servers that trust whoever calls, with a gateway before them and without."""

import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from tests.pep.talk import Talk, gateway

NAIVE = [sys.executable, "-I", str(Path(__file__).with_name("naive.py"))]
POLICY = """
version: 1
actors:
  - id: agent
    allowed_tools: [read_file, query, report, fetch]
    constraints:
      read_file: {allowed_paths: ["docs/**"]}
      query: {access: read, sql_arguments: [sql], sql_dialect: sqlite, allowed_operations: [SELECT], max_rows: 100}
      report: {access: read, sql_arguments: [sql], sql_dialect: postgres, allowed_operations: [SELECT], max_rows: 100}
      fetch: {access: read, url_arguments: [url], allowed_hosts: ["*.example.com"]}
  - id: trusting
    allowed_tools: ["*"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the naive server serves: a document, a secret, a database with a table."""
    folder = tmp_path / "served"
    (folder / "docs").mkdir(parents=True)
    (folder / "docs" / "a.md").write_text("a page")
    (folder / "secret").write_text("a secret")
    with closing(sqlite3.connect(folder / "data.db")) as database:
        database.execute("CREATE TABLE orders (id)")
        database.execute("INSERT INTO orders VALUES (1)")
        database.commit()
    return folder


@pytest.fixture
def talk_to(tmp_path: Path, folder: Path) -> Iterator[Callable[..., Talk]]:
    """`talk_to(actor)`: the naive server behind the gateway; without an actor, the server itself."""
    policy = tmp_path / "policy.yaml"
    policy.write_text(POLICY)
    with ExitStack() as talks:

        def begun(actor: str | None = None) -> Talk:
            command = gateway(policy, actor, NAIVE, "--audit", str(tmp_path / "record")) if actor else NAIVE
            talk = talks.enter_context(Talk(command, folder=folder))
            talk.begin()
            return talk

        yield begun
