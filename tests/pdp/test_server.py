"""What the engine that asks an OPA server promises when something is wrong; then what it does when all is well."""

from __future__ import annotations

import json
import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from mcp_opa.model import Answer, Cause, Question
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.server import Bounds, OpaServer, Tls
from mcp_opa.pdp.server._connection import Connection
from mcp_opa.pdp.server._place import Resolver, place
from tests.pdp.conftest import POLICY

DATA = {"revision": "one", "tools": {"read_file": True}}
DOCUMENT = json.dumps({"id": "7"}).encode()
ABOUT = Answer({"id": "7", "revision": "one"})
DEADLINE = 0.5
Live = Callable[..., str]


def bundle(folder: Path, revision: str = "one", own: str | None = None) -> Path:
    """A bundle of POLICY as a folder; its manifest names `revision`, its data `own`, the same unless told otherwise."""
    (folder / "mcp" / "policy").mkdir(parents=True)
    (folder / "policy.rego").write_text(POLICY)
    (folder / "mcp" / "policy" / "data.json").write_text(json.dumps(DATA | {"revision": own or revision}))
    (folder / ".manifest").write_text(json.dumps({"revision": revision, "roots": ["mcp"]}))
    return folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return bundle(tmp_path_factory.mktemp("bundle"))


@pytest.fixture(scope="module")
def address(live_opa: Live, folder: Path) -> str:
    """An OPA with DATA."""
    return live_opa(folder)


def about(engine: OpaServer) -> Answer:
    return engine.ask(Question.ABOUT, DOCUMENT)


def refused(answer: Answer) -> tuple[Cause | None, str]:
    assert answer.value is None
    return answer.cause, answer.detail


# What can't be used is refused where the engine is made

LONG = "x" * 104


@pytest.mark.parametrize(
    "address",
    [
        "",
        "localhost",
        "localhost:8181",
        "http://localhost",
        "http://localhost:0",
        "http://localhost:65536",
        "http://:8181",
        "http://user:secret@localhost:8181",
        "http://localhost:8181/v1",
        "http://localhost:8181?a",
        "http://localhost:8181#a",
        "http://local host:8181",
        "http://localhost:8181\r\nX: y",
        "http://[::1:8181",
        "HTTP://localhost:8181",
        "http://a..b:8181",
        "http://opa.:8181",
        f"http://{LONG}:8181",
        "ftp://localhost:8181",
        "unix:relative.sock",
        "unix://run/opa.sock",
        "unix:",
        f"unix:/{LONG}",
        "unix:/a\0b",
    ],
)
def test_what_is_no_address_is_refused_and_not_repeated(address: str) -> None:
    with pytest.raises(EngineError, match="no address of an OPA: write http://host:port") as raised:
        OpaServer(address)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://localhost:8181", "localhost:8181"),
        ("https://opa_1.internal:8181/", "opa_1.internal:8181"),
        ("http://[::1]:8181", "[::1]:8181"),
        ("unix:/run/opa.sock", "/run/opa.sock"),
        ("unix:///run/opa.sock", "/run/opa.sock"),
    ],
)
def test_an_address_is_read(address: str, shown: str) -> None:
    assert str(place(address)) == shown


@pytest.mark.parametrize("seconds", [0, -1, 61, float("nan"), float("inf")])
def test_a_deadline_that_is_none_is_refused(seconds: float) -> None:
    with pytest.raises(EngineError, match="deadline_seconds is"):
        OpaServer("http://127.0.0.1:1", deadline_seconds=seconds)


@pytest.mark.parametrize("name", ["answer_bytes", "document_bytes", "connections", "waiting"])
def test_a_bound_of_nothing_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match=f"{name} is 0; at least 1"):
        Bounds(**{name: 0})


def test_files_for_tls_without_tls_are_refused() -> None:
    with pytest.raises(EngineError, match="are for an https address"):
        OpaServer("http://127.0.0.1:1", tls=Tls())


# What is too large never leaves


def test_a_document_that_is_too_large_is_not_sent() -> None:
    with listening() as (url, accepted), OpaServer(url, bounds=Bounds(document_bytes=9)) as engine:
        expected = Cause.UNSENDABLE, "the input document has 10 bytes, at most 9 are sent"
        assert refused(engine.ask(Question.ABOUT, b'{"id":"7"}')) == expected
    assert accepted == []


def test_a_question_that_is_none_is_not_sent() -> None:
    with listening() as (url, accepted), OpaServer(url) as engine:
        assert engine.ask("../policies/x", DOCUMENT).cause is Cause.UNAVAILABLE  # type: ignore[arg-type]
    assert accepted == []


# The deadline is a total one

Serve = Callable[[socket.socket], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n"


@contextmanager
def listening(serve: Serve | None = None, path: Path | None = None) -> Iterator[tuple[str, list[socket.socket]]]:
    """A server whose connections go to `serve`, one after another; without it, nobody takes them."""
    accepted: list[socket.socket] = []

    def accept() -> None:
        while select.select([listener], [], [])[0]:
            try:
                accepted.append(listener.accept()[0])
            except OSError:
                return
            try:
                serve(accepted[-1]) if serve else None
            except OSError:
                continue

    with socket.socket(socket.AF_UNIX if path else socket.AF_INET) as listener:
        listener.bind(str(path) if path else ("127.0.0.1", 0))
        listener.listen()
        where = f"unix:{path}" if path else f"http://127.0.0.1:{listener.getsockname()[1]}"
        thread = threading.Thread(target=accept)
        if serve:
            thread.start()
        try:
            yield where, accepted
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            if serve:
                thread.join()
            for connection in accepted:
                connection.close()


def question(connection: socket.socket) -> bytes:
    """All of a question; nothing if the other side is gone."""
    read = b""
    while not read.endswith(b"}}"):
        if not (more := connection.recv(65536)):
            return b""
        read += more
    return read


def dripping(connection: socket.socket) -> None:
    question(connection)
    for byte in HEAD + b"{}" * 999:
        connection.sendall(bytes([byte]))
        time.sleep(0.1)


def silent(connection: socket.socket) -> None:
    while connection.recv(65536):
        pass


def slow_to_read(connection: socket.socket) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(20):
        connection.recv(1024)
        time.sleep(0.1)


@pytest.mark.parametrize(
    ("serve", "missing"),
    [
        (dripping, "a whole answer"),
        (silent, "an answer"),
        (slow_to_read, "an answer"),
        (None, "an answer"),
    ],
    ids=["one byte each 100 ms", "silent", "slow to read", "never accepted"],
)
def test_nothing_outlives_the_deadline(serve: Serve | None, missing: str) -> None:
    large = json.dumps({"id": "x" * 16_000_000, "o": {}}).encode()
    with (
        listening(serve) as (url, _),
        OpaServer(url, deadline_seconds=DEADLINE, bounds=Bounds(document_bytes=1 << 25)) as engine,
    ):
        began = time.monotonic()
        answer = engine.ask(Question.ABOUT, large if serve is slow_to_read else b'{"o":{}}')
        assert time.monotonic() - began <= DEADLINE + 1
        assert answer.cause is Cause.TIMEOUT
        assert f" did not give {missing} within 0.5 s" in answer.detail


def test_a_resolver_that_hangs_keeps_to_the_deadline_and_holds_one_thread() -> None:
    hanging = threading.Event()

    def look_up(*_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        if _[-1]:
            raise socket.gaierror
        hanging.wait()
        return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", 1))]

    resolver = Resolver(place("http://opa.internal:8181"), look_up)
    threads = threading.active_count()
    for _ in range(5):
        with pytest.raises(TimeoutError):
            resolver.targets(time.monotonic() + 0.05)
    assert threading.active_count() == threads + 1
    hanging.set()
    assert resolver.targets(time.monotonic() + 60) == [(socket.AF_INET, ("127.0.0.1", 1))]


def test_a_name_with_several_addresses_is_tried_at_each_in_its_share_of_the_time() -> None:
    with listening() as (full, _), listening(silent) as (url, accepted), socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        ports = [nobody.getsockname()[1], int(url.rpartition(":")[2]), int(full.rpartition(":")[2])]

        def look_up(*_: object) -> list[tuple[int, int, int, str, tuple[str, int]]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 0, "", ("127.0.0.1", port)) for port in ports]

        where = place("http://opa.internal:8181")
        connection = Connection(where, Resolver(where, look_up), None)
        began = time.monotonic()
        with pytest.raises(TimeoutError, match="an answer"):
            connection.exchange("/", b"", {}, began + DEADLINE, 1)
        assert time.monotonic() - began <= DEADLINE + 1
        assert connection.sock.getpeername()[1] == ports[1]
        connection.close()
    assert len(accepted) == 1


def test_a_name_that_leads_nowhere_is_said_so() -> None:
    with OpaServer("http://opa.invalid:8181", deadline_seconds=60) as engine:
        assert refused(about(engine)) == (
            Cause.UNAVAILABLE,
            "the name in opa.invalid:8181 leads nowhere: mend the address, or the resolver",
        )


# At most one second try

REPLY = b'{"result": {"id": "7", "revision": "one"}}'
WHOLE = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(REPLY), REPLY)


def test_a_kept_connection_that_ends_before_an_answer_is_replaced_once() -> None:
    questions = []

    def serve(connection: socket.socket) -> None:
        """Answer the first question of a connection, and hang up on the second."""
        questions.append(question(connection))
        connection.sendall(WHOLE)
        questions.append(question(connection))
        connection.close()

    with listening(serve) as (url, accepted), OpaServer(url) as engine:
        assert [about(engine), about(engine)] == [ABOUT, ABOUT]
    assert (len(accepted), len(list(filter(None, questions)))) == (2, 3)


@pytest.mark.parametrize("sent", [b"", WHOLE[:5], HEAD, HEAD.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n{")])
def test_a_new_connection_or_one_that_has_begun_to_answer_is_not_replaced(sent: bytes) -> None:
    questions = []

    def serve(connection: socket.socket) -> None:
        if sent:
            questions.append(question(connection))
            connection.sendall(WHOLE)
        questions.append(question(connection))
        connection.sendall(sent)
        connection.close()

    with listening(serve) as (url, _), OpaServer(url) as engine:
        if sent:
            assert about(engine) == ABOUT
        assert about(engine).cause is Cause.UNAVAILABLE
    assert len(list(filter(None, questions))) == (2 if sent else 1)


def test_where_nobody_listens_a_second_try_finds_who_came_meanwhile(tmp_path: Path) -> None:
    path = tmp_path / "opa.sock"
    with OpaServer(f"unix:{path}") as engine:
        nobody = Cause.UNAVAILABLE, f"nobody listens at {path}: start OPA there, or mend the address"
        assert refused(about(engine)) == nobody

        def answering(connection: socket.socket) -> None:
            question(connection)
            connection.sendall(WHOLE)

        answers = []
        asking = threading.Thread(target=lambda: answers.append(about(engine)))
        asking.start()
        with listening(answering, path):
            asking.join()
        assert answers in ([ABOUT], [Answer(cause=nobody[0], detail=nobody[1])])


# The environment, and how many


def test_nothing_of_the_environment_counts(address: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("default login a password b")
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    with OpaServer(address) as engine:
        assert about(engine) == ABOUT


def test_the_question_says_what_it_must_and_no_more() -> None:
    questions = []

    def serve(connection: socket.socket) -> None:
        questions.append(question(connection))
        connection.sendall(WHOLE)

    with listening(serve) as (url, _), OpaServer(url) as engine:
        engine.ask(Question.ABOUT, b'{"o":{}}')
    assert sorted(questions[0].decode().split("\r\n")) == sorted(
        [
            "POST /v1/data/mcp/authz/about?strict-builtin-errors=true&provenance=true HTTP/1.1",
            f"Host: {url.removeprefix('http://')}",
            "Accept-Encoding: identity",
            "User-Agent: mcp-opa",
            "Accept: application/json",
            "Content-Type: application/json",
            "Content-Length: 18",
            "",
            '{"input":{"o":{}}}',
        ]
    )


def test_more_questions_than_may_wait_are_refused_at_once() -> None:
    with listening() as (url, _), OpaServer(url, deadline_seconds=DEADLINE, bounds=Bounds(waiting=2)) as engine:
        with ThreadPoolExecutor(8) as threads:
            answers = list(threads.map(lambda _: about(engine), range(8)))
        causes = sorted(str(answer.cause) for answer in answers)
        assert causes == ["timeout"] * 2 + ["unavailable"] * 6
        details = {answer.detail for answer in answers if answer.cause is Cause.UNAVAILABLE}
        where = url.removeprefix("http://")
        assert details == {f"2 questions wait on {where} already: see why it is slow"}


def test_a_closed_engine_refuses() -> None:
    with OpaServer("http://127.0.0.1:1") as engine:
        pass
    assert refused(about(engine)) == (Cause.UNAVAILABLE, "this engine was closed")


# When all is well


@pytest.mark.live
def test_the_four_questions_are_answered(address: str) -> None:
    document = json.dumps({"id": "7", "tool": "read_file", "tools": ["a", "read_file"]}).encode()
    with OpaServer(address) as engine:
        assert {question: engine.ask(question, document).value for question in Question} == {
            Question.DECISION: {"id": "7", "allow": True},
            Question.VISIBLE: ["read_file"],
            Question.NEEDS: json.loads(document),
            Question.ABOUT: ABOUT.value,
        }


@pytest.mark.live
def test_a_question_without_an_answer_is_undefined(address: str) -> None:
    with OpaServer(address) as engine:
        assert refused(engine.ask(Question.DECISION, b'{"id": "7", "tool": "unknown"}')) == (
            Cause.UNDEFINED,
            "OPA answered 200 without a result: the bundle is not active or the path is wrong; see /v1/status there",
        )


@pytest.mark.live
def test_an_answer_of_a_megabyte_is_read_up_to_the_bound(address: str) -> None:
    document = json.dumps({"id": "7", "long": "x" * 1_000_000}).encode()
    with OpaServer(address, deadline_seconds=20) as engine:
        assert engine.ask(Question.NEEDS, document) == Answer(json.loads(document))
    with OpaServer(address, deadline_seconds=20, bounds=Bounds(answer_bytes=1_000_000)) as engine:
        assert engine.ask(Question.NEEDS, document).cause is Cause.MALFORMED
        assert about(engine) == ABOUT


@pytest.mark.live
def test_a_unix_socket_serves_as_well(live_opa: Live, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "opa.sock"
    live_opa(folder, options=["--addr", f"unix://{path}"])
    with OpaServer(f"unix:{path}") as engine:
        assert [about(engine) for _ in range(3)] == [ABOUT] * 3


@pytest.mark.live
def test_a_name_serves_as_well(address: str) -> None:
    with OpaServer(address.replace("127.0.0.1", "localhost"), deadline_seconds=20) as engine:
        assert [about(engine) for _ in range(3)] == [ABOUT] * 3


@pytest.mark.live
@pytest.mark.parametrize(
    ("pins", "problem"),
    [
        ({"expected_revision": "one"}, ""),
        ({"bundle": "FOLDER"}, ""),
        ({"bundle": "FOLDER", "expected_revision": "one"}, ""),
        ({"expected_revision": "two"}, "OPA answers by another revision than two: see what bundle it has loaded"),
        ({"bundle": "other"}, "no bundle 'other' is active in OPA: see its configuration and /v1/status"),
    ],
)
def test_an_answer_counts_only_from_the_pinned_policy(
    address: str, folder: Path, pins: dict[str, str], problem: str
) -> None:
    named = {name: value.replace("FOLDER", str(folder)) for name, value in pins.items()}
    expected = Answer(cause=Cause.UNAVAILABLE, detail=problem) if problem else ABOUT
    with OpaServer(address, expected_revision=named.get("expected_revision"), bundle=named.get("bundle")) as engine:
        assert about(engine) == expected


@pytest.mark.live
def test_data_that_are_not_the_bundle_s_don_t_pass_for_it(live_opa: Live, tmp_path: Path) -> None:
    odd = bundle(tmp_path / "odd", revision="one", own="two")
    for pins in ({"bundle": str(odd)}, {"expected_revision": "two"}):
        with OpaServer(live_opa(odd), **pins) as engine:  # type: ignore[arg-type]
            assert refused(about(engine)) == (
                Cause.UNAVAILABLE,
                "the policy that answers is not the bundle's: see what OPA has loaded",
            )


@pytest.mark.live
def test_connections_are_kept_for_as_many_callers_as_were_there_at_once_and_no_more(address: str) -> None:
    before = open_files()
    with OpaServer(address, deadline_seconds=30, bounds=Bounds(connections=4)) as engine:
        with ThreadPoolExecutor(16) as threads:
            assert list(threads.map(lambda _: about(engine), range(800))) == [ABOUT] * 800
        assert open_files() <= before + 4
    assert open_files() == before


@pytest.mark.live
def test_a_forked_child_has_connections_of_its_own(address: str) -> None:
    with OpaServer(address, deadline_seconds=30) as engine:
        assert about(engine) == ABOUT
        before = open_files()
        child = os.fork()
        if child == 0:
            inherited = open_files()
            os._exit(0 if about(engine) == ABOUT and inherited < before else 1)
        assert os.waitpid(child, 0)[1] == 0
        assert [about(engine) for _ in range(3)] == [ABOUT] * 3


@pytest.mark.live
def test_an_engine_that_nobody_closed_leaves_nothing(address: str) -> None:
    before = open_files()
    engine = OpaServer(address)
    assert about(engine) == ABOUT
    del engine
    assert open_files() == before


@pytest.mark.live
def test_an_opa_that_comes_back_is_asked_again(opa: Path, folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "opa.sock"
    with OpaServer(f"unix:{path}", deadline_seconds=20) as engine:
        for _ in range(2):
            with running(opa, "--addr", f"unix://{path}", "--bundle", folder):
                assert until(lambda: about(engine) == ABOUT)
            path.unlink(missing_ok=True)
            assert about(engine).cause is Cause.UNAVAILABLE


@contextmanager
def running(opa: Path, *options: str | Path) -> Iterator[None]:
    """An OPA that may not be there yet."""
    command = [opa, "run", "--server", "--skip-version-check", "--log-level=error", *options]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            yield
        finally:
            server.kill()


def until(true: Callable[[], bool]) -> bool:
    """Whether it comes true, within a minute."""
    patience = time.monotonic() + 60
    while not (now := true()) and time.monotonic() < patience:
        time.sleep(0.05)
    return now


def open_files() -> int:
    return len(list(Path("/dev/fd").iterdir()))
