"""A client over stdio that says exactly what a test says, to a server or to the gateway before it."""

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

BIN = Path(sys.executable).parent
STUB = [sys.executable, "-I", str(Path(__file__).with_name("stub.py"))]
SECONDS = 60
"""How long an answer may take on a busy machine."""


def gateway(policy: Path, actor: str, server: Sequence[str], *options: str) -> list[str]:
    """The command of a gateway before a server."""
    return [str(BIN / "mcp-opa"), "gateway", "--policy", str(policy), "--actor", actor, *options, "--", *server]


class Talk:
    """A conversation with a process. What it says on standard error is in `errors` when it has ended."""

    def __init__(
        self,
        command: Sequence[str],
        environment: dict[str, str] | None = None,
        folder: Path | None = None,
        *,
        unread: bool = False,
    ) -> None:
        """`unread`: nobody reads what it says."""
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=folder,
            env={**os.environ, **(environment or {})},
        )
        self.errors = b""
        self.heard = b""
        """The last line."""
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._ids = itertools.count(1)
        self._readers = [threading.Thread(target=read) for read in (self._error, self._output)]
        for reader in self._readers[: 1 if unread else 2]:
            reader.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.end()

    def send(self, line: bytes) -> None:
        """Say a line as it stands."""
        _pipe(self.process.stdin).write(line + b"\n")
        _pipe(self.process.stdin).flush()

    def say(self, **message: Any) -> None:  # noqa: ANN401
        """Say a message."""
        self.send(json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode())

    def hear(self) -> Any:  # noqa: ANN401
        """The next message; None at the end."""
        self.heard = self._lines.get(timeout=SECONDS)
        return json.loads(self.heard) if self.heard else None

    def ask(self, method: str, params: dict[str, Any] | None = None) -> Any:  # noqa: ANN401
        """The answer to a request, past whatever is said before it."""
        id_ = next(self._ids)
        self.say(id=id_, method=method, **({} if params is None else {"params": params}))
        while (heard := self.hear()) is not None:
            if heard.get("id") == id_ and "method" not in heard:
                return heard
        raise EOFError(f"ended without an answer to {method}")

    def call(self, name: str, /, **arguments: Any) -> Any:  # noqa: ANN401
        """The answer to a call of a tool, without its envelope."""
        answer = self.ask("tools/call", {"name": name, "arguments": arguments})
        return answer.get("result") or answer["error"]

    def text(self, name: str, /, **arguments: Any) -> str:  # noqa: ANN401
        """The result of a call as it was written, byte for byte."""
        self.call(name, **arguments)
        line = self.heard.decode()
        begin = line.index('"result":') + len('"result":')
        return line[begin : json.JSONDecoder().raw_decode(line, begin)[1]]

    def begin(self) -> Any:  # noqa: ANN401
        """Do what a client of the era with sessions begins with; the server's answer."""
        client = {"name": "talk", "version": "1"}
        params = {"protocolVersion": "2025-11-25", "capabilities": {"sampling": {}}, "clientInfo": client}
        answer = self.ask("initialize", params)
        self.say(method="notifications/initialized")
        return answer["result"]

    def end(self) -> int:
        """Leave; the status that the process ends with."""
        stdin = _pipe(self.process.stdin)
        if not stdin.closed:
            with suppress(BrokenPipeError):
                stdin.close()
        status = self.process.wait(SECONDS)
        for reader in self._readers:
            if reader.ident is not None:
                reader.join(SECONDS)
        _pipe(self.process.stdout).close()
        _pipe(self.process.stderr).close()
        return status

    def _output(self) -> None:
        for line in _pipe(self.process.stdout):
            self._lines.put(line)
        self._lines.put(b"")

    def _error(self) -> None:
        self.errors = _pipe(self.process.stderr).read()


def _pipe(pipe: IO[bytes] | None) -> IO[bytes]:
    assert pipe is not None
    return pipe
