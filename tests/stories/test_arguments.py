"""Attacks by what a call's arguments say. Each is shown to work on the server itself; the gateway stops it there."""

import re
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.pep.talk import Talk

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
TalkTo = Callable[..., Talk]


def said(answer: dict[str, Any]) -> str:
    return str(answer["content"][0]["text"])


def code(answer: dict[str, Any]) -> str:
    """The code of a refusal."""
    match = re.match(r"Refused \(([a-z_.]+)\)", said(answer))
    assert match, answer
    return match[1]


def orders(folder: Path) -> list[tuple[int]]:
    with closing(sqlite3.connect(folder / "data.db")) as database:
        return list(database.execute("SELECT id FROM orders"))


@pytest.mark.parametrize(
    "path", ["docs/../secret", "docs/./../secret", "docs//../secret", "secret", "docs/..", "./docs/a.md"]
)
def test_traversal(talk_to: TalkTo, folder: Path, path: str) -> None:
    if path.endswith("secret"):
        assert said(talk_to().call("read_file", path=path)) == "a secret"
    talk = talk_to("agent")
    assert code(talk.call("read_file", path=path)) in {"read_only.path_unsafe", "read_only.path_not_allowed"}
    assert code(talk.call("read_file", path=str(folder / "secret"))) == "read_only.path_not_allowed"
    assert said(talk.call("read_file", path="docs/a.md")) == "a page"


def test_a_symbolic_link_is_the_servers_to_refuse(talk_to: TalkTo, folder: Path) -> None:
    (folder / "docs" / "link.md").symlink_to(folder / "secret")
    assert said(talk_to("agent").call("read_file", path="docs/link.md")) == "a secret"
    assert "Symbolic links are the server's" in (ROOT / "docs" / "policy.md").read_text()


STACKED = [
    "SELECT id FROM orders LIMIT 1; DROP TABLE orders",
    "SELECT id FROM orders LIMIT 1;DELETE FROM orders--",
    "COMMIT; DELETE FROM orders",
    "WITH x AS (SELECT 1) DELETE FROM orders",
    "DELETE FROM orders RETURNING id",
]


@pytest.mark.parametrize("sql", STACKED)
def test_stacked_sql(talk_to: TalkTo, folder: Path, sql: str) -> None:
    talk = talk_to("agent")
    assert code(talk.call("query", sql=sql)) in {"read_only.sql_unknown", "read_only.operation_not_allowed"}
    assert orders(folder) == [(1,)]
    assert said(talk.call("query", sql="SELECT id FROM orders LIMIT 1")) == "done"


def test_stacked_sql_does_what_it_says_without_a_gate(talk_to: TalkTo, folder: Path) -> None:
    talk_to().call("query", sql=STACKED[1])
    assert orders(folder) == []


@pytest.mark.parametrize(
    "sql",
    [
        "COPY (SELECT 1) TO PROGRAM 'touch stolen'",
        "copy orders to program 'touch stolen'",
        "SELECT 1 LIMIT 1; COPY (SELECT 1) TO PROGRAM 'touch stolen'",
        "/* SELECT */ COPY (SELECT 1) TO/**/PROGRAM 'touch stolen'",
    ],
)
def test_copy_to_program(talk_to: TalkTo, folder: Path, sql: str) -> None:
    assert code(talk_to("agent").call("report", sql=sql)) in {
        "read_only.sql_unknown",
        "read_only.operation_not_allowed",
    }
    assert not (folder / "stolen").exists()


def test_copy_to_program_does_what_it_says_without_a_gate(talk_to: TalkTo, folder: Path) -> None:
    talk_to().call("report", sql="COPY (SELECT 1) TO PROGRAM 'touch stolen'")
    assert (folder / "stolen").exists()


@pytest.fixture
def internal() -> Iterator[tuple[str, list[str]]]:
    """A service inside, that nobody outside should reach: its address, and the paths that it was asked for."""
    asked: list[str] = []

    class Service(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"credentials")

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Service) as service:
        thread = threading.Thread(target=service.serve_forever)
        thread.start()
        yield f"127.0.0.1:{service.server_port}", asked
        service.shutdown()
        thread.join()


def test_server_side_request_forgery(talk_to: TalkTo, internal: tuple[str, list[str]]) -> None:
    address, asked = internal
    port = address.rpartition(":")[2]
    assert said(talk_to().call("fetch", url=f"http://{address}/direct")) == "credentials"
    talk = talk_to("agent")
    for host in (address, f"localhost:{port}", f"0x7f.1:{port}", f"2130706433:{port}", f"[::ffff:127.0.0.1]:{port}"):
        for url in (f"http://{host}/a", f"http://www.example.com@{host}/a", f"http://{host}\\@www.example.com/a"):
            assert code(talk.call("fetch", url=url)).startswith("read_only."), url
    assert code(talk.call("fetch", url="http://169.254.169.254/latest/meta-data")).startswith("read_only.")
    assert code(talk.call("fetch", url="file:///etc/passwd")).startswith("read_only.")
    assert asked == ["/direct"]


def test_a_dispatcher_tool(talk_to: TalkTo) -> None:
    wanted = {"name": "read_file", "arguments": {"path": "secret"}}
    assert said(talk_to().call("call_tool", **wanted)) == "a secret"
    assert talk_to("agent").call("call_tool", **wanted) == {"code": -32602, "message": "Unknown tool: call_tool"}
    trusting = talk_to("trusting").call("call_tool", **wanted)
    assert "a secret" not in str(trusting)
