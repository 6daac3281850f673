"""A locked OPA as `opa/config.yaml` says to run it, and the server of its bundles, both real and on loopback."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TypeVar

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from mcp_opa.model import Json

ROOT = Path(__file__).resolve().parent.parent.parent
CONFIG = ROOT / "opa" / "config.yaml"
TOKEN = "a-token-of-more-than-thirty-two-characters"  # noqa: S105 (of a test)
PATIENCE_SECONDS = 60
"""How long anything may take on a busy machine."""
T = TypeVar("T")
Start = Callable[..., AbstractContextManager["Opa"]]
"""`with start(callers=…, …) as opa:`: an OPA that listens, on the bundles of a `Bundles`."""


def known(*tokens: str) -> str:
    """A file of callers that knows these tokens."""
    return json.dumps({hashlib.sha256(token.encode()).hexdigest(): "gateway" for token in tokens})


def wait(what: str, found: Callable[[], T | None]) -> T:
    """The first thing that `found` finds."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE_SECONDS} s for {what}")


@dataclass(frozen=True)
class Pair:
    """The files of a key pair for RS256."""

    private: Path
    public: Path

    @staticmethod
    def made(folder: Path, name: str) -> Pair:
        key = rsa.generate_private_key(65537, 2048)
        pair = Pair(folder / f"{name}.pem", folder / f"{name}.pub.pem")
        pair.private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        pair.public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
        return pair


@dataclass
class Bundles:
    """A server of one bundle. What it serves can be changed at any time, and it can be gone."""

    content: bytes = b""
    status: int = 200
    missing: int = 0
    """Bytes that it promises beyond the content, and keeps the reader waiting for."""
    address: tuple[str, int] = ("127.0.0.1", 0)
    waiting: int = 0
    """Readers that it has kept waiting."""
    unchanged: int = 0
    """Polls of what the reader had already."""
    _server: ThreadingHTTPServer | None = field(default=None, init=False)
    _gone: threading.Event = field(default_factory=threading.Event, init=False)

    def publish(self, content: bytes, status: int = 200, missing: int = 0) -> None:
        """Serve this from now on, coming back if need be."""
        self.content, self.status, self.missing = content, status, missing
        self.start()

    def start(self) -> None:
        if self._server is None:
            self._gone.clear()
            self._server = ThreadingHTTPServer(self.address, self._handler())
            self.address = ("127.0.0.1", self._server.server_port)
            threading.Thread(target=self._server.serve_forever, args=(0.05,)).start()

    def stop(self) -> None:
        """Be gone: connections are refused, those that there are broken off."""
        if self._server is not None:
            self._gone.set()
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        bundles = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                content, missing = bundles.content, bundles.missing
                tag = f'"{hashlib.sha256(content).hexdigest()}"'
                known = self.headers["If-None-Match"] == tag and not missing
                self.send_response(HTTPStatus.NOT_MODIFIED if known else bundles.status)
                self.send_header("ETag", tag)
                self.send_header("Content-Length", str(0 if known else len(content) + missing))
                self.end_headers()
                if known:
                    bundles.unchanged += 1
                else:
                    self.wfile.write(content)
                if missing:
                    bundles.waiting += 1
                    bundles._gone.wait(PATIENCE_SECONDS)

            def log_message(self, *_: object) -> None:
                pass

        return Handler


@dataclass(frozen=True)
class Opa:
    """A running OPA, and what it has written so far."""

    address: str
    log: Path

    def request(
        self, method: str, target: str, body: str | None = None, headers: Mapping[str, str] | None = None
    ) -> tuple[int, bytes]:
        """Status and body of the answer to one request, sent as it is given."""
        connection = HTTPConnection(self.address, timeout=PATIENCE_SECONDS)
        try:
            connection.request(method, target, body, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def ask(self, question: str, document: Json, token: str = TOKEN) -> Json:
        """What OPA says to a question, without what tells one answer from the next; or the status, if it isn't 200."""
        target = f"/v1/data/mcp/authz/{question}?strict-builtin-errors=true"
        headers = {"Authorization": f"Bearer {token}"}
        status, answer = self.request("POST", target, json.dumps({"input": document}), headers)
        if status != HTTPStatus.OK:
            return status
        return {key: value for key, value in json.loads(answer).items() if key != "decision_id"}

    def revision(self) -> str | None:
        """Of the policy that answers; nothing while none does."""
        answer = self.ask("about", {"id": "1"})
        return answer["result"]["revision"] if "result" in answer else None

    def failures(self) -> Counter[str]:
        """How often the bundle could not be taken, by the reason that OPA's metrics give."""
        line = re.compile(r'^bundle_failed_load_counter\{.*message="(.*)",name="mcp"\} (\d+)$', re.MULTILINE)
        return Counter({message: int(count) for message, count in line.findall(self._metrics())})

    def last_good_poll(self) -> float:
        """When the server of bundles last answered well, in nanoseconds since 1970."""
        found = re.search(r'^last_success_bundle_request\{name="mcp"\} (\S+)$', self._metrics(), re.MULTILINE)
        return float(found[1]) if found else 0

    def _metrics(self) -> str:
        return self.request("GET", "/metrics", headers={"Authorization": f"Bearer {TOKEN}"})[1].decode()


def command(opa: Path, places: Mapping[str, Path | str], *more: str) -> list[str]:
    """The command at the top of `opa/config.yaml`, with these in place of its paths and its address."""
    written = re.search(r"^#   (opa run .*?)^#$", CONFIG.read_text(), re.MULTILINE | re.DOTALL)
    assert written, f"{CONFIG} does not begin with the command that runs OPA"
    words = shlex.split(written[1].replace("\n#", " "))[1:]
    replaced = [_replaced(word, places) for word in words]
    return [str(opa), *replaced[:-1], *more, replaced[-1]]


def _replaced(word: str, places: Mapping[str, Path | str]) -> str:
    name, equals, value = word.rpartition("=")
    return f"{name}{equals}{places[value]}" if value in places else word


@contextmanager
def running(words: list[str], address: str, log: Path) -> Iterator[Opa]:
    """Start OPA and stop it afterwards; the log of an earlier run is kept, and continued."""
    opa = Opa(address, log)
    with log.open("ab") as sink, subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink) as server:
        try:
            wait("OPA to listen", lambda: server.poll() is not None or _listens(opa))
            assert server.poll() is None, f"OPA ended; it says\n{log.read_text()[-4000:]}"
            yield opa
        finally:
            server.kill()


def _listens(opa: Opa) -> bool:
    try:
        return opa.request("GET", "/health")[0] == HTTPStatus.OK
    except OSError:
        return False


def door(folder: Path, callers: str | None) -> Path:
    """A copy of `rego/system` with these callers; none: without a file of callers."""
    copy = folder / "door"
    shutil.copytree(ROOT / "rego" / "system", copy)
    (copy / "callers" / "data.json").unlink()
    if callers is not None:
        (copy / "callers" / "data.json").write_text(callers)
    return copy
