"""Servers from PyPI: what is allowed gives byte for byte what the server itself gives, what is refused is not done."""

import sqlite3
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from tests.servers.conftest import Begin, Calls, Command, assert_refused, assert_same, assert_unknown

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
PyPI = Callable[..., Command]


def git(folder: Path, *arguments: str) -> str:
    name = ["-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main"]
    command = ["git", "-C", str(folder), *name, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_git(begin: Begin, pypi: PyPI, tmp_path: Path) -> None:
    repository = tmp_path / "repos" / "website"
    (repository / "docs").mkdir(parents=True)
    git(repository, "init", "--quiet")
    (repository / "docs" / "a.md").write_text("one\n")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "Begin")
    (repository / "docs" / "a.md").write_text("two\n")
    policy = (ROOT / "bundles" / "git" / "policy.yaml").read_text().replace("/srv/repos", str(tmp_path / "repos"))
    gate, direct = begin(pypi("git"), "review-agent", policy, "git"), begin(pypi("git"))
    path = {"repo_path": str(repository)}
    reads: Calls = [
        ("git_status", path),
        ("git_diff_unstaged", path),
        ("git_log", {**path, "max_count": 5}),
        ("git_show", {**path, "revision": "HEAD"}),
        ("git_diff", {**path, "target": "HEAD"}),
    ]
    assert_same(gate, direct, reads)

    before = git(repository, "status", "--porcelain"), git(repository, "log", "--format=%H")
    stolen = tmp_path / "stolen"
    refused: Calls = [
        ("git_diff", {**path, "target": f"--output={stolen}"}),
        ("git_diff", {**path, "target": ["HEAD", f"--output={stolen}"]}),
        ("git_show", {**path, "revision": f"--output={stolen}"}),
        ("git_log", {"repo_path": str(ROOT)}),
        ("git_status", {"repo_path": f"{repository}/../website"}),
    ]
    assert_refused(gate, refused)
    writes: Calls = [("git_commit", {**path, "message": "x"}), ("git_add", {**path, "files": []}), ("git_reset", path)]
    assert_unknown(gate, writes)
    assert not stolen.exists()
    assert (git(repository, "status", "--porcelain"), git(repository, "log", "--format=%H")) == before


def test_sqlite(begin: Begin, pypi: PyPI, tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    with closing(sqlite3.connect(path)) as database:
        database.executescript("CREATE TABLE orders (id, name); CREATE TABLE users (id);")
        database.executescript("INSERT INTO orders VALUES (1, 'é');")
    server = pypi("sqlite", "--db-path", str(path))
    policy = (ROOT / "bundles" / "database" / "policy.yaml").read_text()
    gate, direct = begin(server, "report-agent", policy, "shop"), begin(server)
    reads: Calls = [
        ("read_query", {"query": "SELECT id, name FROM orders LIMIT 10"}),
        ("read_query", {"query": "SELECT count(*) FROM orders"}),
        ("list_tables", {}),
        ("describe_table", {"table_name": "orders"}),
    ]
    assert_same(gate, direct, reads)

    before = path.read_bytes()
    queries = [
        "SELECT id FROM users LIMIT 1",
        "SELECT id FROM orders; DROP TABLE orders",
        "DELETE FROM orders",
        "ATTACH DATABASE 'stolen.db' AS stolen",
        "VACUUM INTO 'stolen.db'",
        "SELECT load_extension('x') LIMIT 1",
        "SELECT id FROM orders",
    ]
    assert_refused(gate, [("read_query", {"query": query}) for query in queries])
    delete, create = {"query": "DELETE FROM orders"}, {"query": "CREATE TABLE x (id)"}
    assert_unknown(gate, [("write_query", delete), ("create_table", create)])
    assert path.read_bytes() == before
    assert not (tmp_path / "stolen.db").exists()


@pytest.fixture
def web() -> Iterator[tuple[str, list[str]]]:
    """A proxy on loopback that is the whole web, and what it was asked for."""
    asked: list[str] = []

    class Web(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            page = f"<html><body><h1>é</h1><p>{self.path}</p></body></html>".encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(page)))
            self.end_headers()
            self.wfile.write(page)

        def log_message(self, *_: object) -> None: ...

    with HTTPServer(("127.0.0.1", 0), Web) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()
        thread.join()


FETCH = """
version: 1
actors:
  - id: agent
    allowed_tools: [fetch]
    constraints:
      fetch: {access: read, url_arguments: [url], allowed_schemes: [http, https], allowed_hosts: ["*.example.com"]}
"""


def test_fetch(begin: Begin, pypi: PyPI, web: tuple[str, list[str]]) -> None:
    address, asked = web
    server = pypi("fetch", "--ignore-robots-txt", "--proxy-url", address)
    gate, direct = begin(server, "agent", FETCH), begin(server)
    assert_same(gate, direct, [("fetch", {"url": "http://docs.example.com/a?b=1", "max_length": 100})])
    assert len(asked) == 2
    urls = [
        "http://169.254.169.254/latest/meta-data",
        "http://localhost/admin",
        "http://docs.example.com@evil.test/",
        "http://evil.test/?docs.example.com",
        "http://docs.example.com.evil.test/",
        "http://0x7f000001/",
        "ftp://docs.example.com/",
    ]
    assert_refused(gate, [("fetch", {"url": url}) for url in urls])
    assert len(asked) == 2


TIME = """
version: 1
actors:
  - id: agent
    allowed_tools: [convert_time]
    constraints: {convert_time: {access: read}}
"""


def test_time(begin: Begin, pypi: PyPI) -> None:
    gate, direct = begin(pypi("time"), "agent", TIME), begin(pypi("time"))
    noon = {"source_timezone": "Etc/UTC", "time": "12:00", "target_timezone": "Asia/Kolkata"}
    assert_same(gate, direct, [("convert_time", noon)])
    assert_unknown(gate, [("get_current_time", {"timezone": "Etc/UTC"})])
    assert_refused(gate, [("convert_time", {**noon, "extra": 1})])
