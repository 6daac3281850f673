"""A server over stdio that does what its tools are named for, and writes every call that it runs into $STUB_LOG.

Started as a program of its own; uses the standard library alone.
"""

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

TEXT = {"type": "string"}
PATH = {"type": "object", "properties": {"path": TEXT, "text": TEXT}, "required": ["path"]}
TOOLS: dict[str, dict[str, Any]] = dict.fromkeys(
    (
        "echo",
        "run",
        "crash",
        "never",
        "change",
        "ask",
        "garbage",
        "odd",
        "huge",
        "late",
        "hidden",
        "twice",
        "flood",
        "deaf",
        "pester",
    ),
    PATH,
)
PAGE = 5
_writing = threading.Lock()
_answers: dict[Any, Any] = {}


def log(word: str) -> None:
    with Path(os.environ["STUB_LOG"]).open("a") as file:
        file.write(word + "\n")


def say(**message: Any) -> None:  # noqa: ANN401
    raw(json.dumps({"jsonrpc": "2.0", **message}, ensure_ascii=False).encode())


def raw(line: bytes) -> None:
    with _writing:
        sys.stdout.buffer.write(line + b"\n")
        sys.stdout.buffer.flush()


def text(said: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": said}], "later": {"unknown": [1.5, None]}}


def listed(cursor: str | None) -> dict[str, Any]:
    begin = int(cursor or 0)
    names = list(TOOLS)
    page = [{"name": name, "inputSchema": TOOLS[name]} for name in names[begin : begin + PAGE]]
    return {"tools": page, **({"nextCursor": str(begin + PAGE)} if begin + PAGE < len(names) else {})}


def run(id_: Any, name: str, arguments: dict[str, Any]) -> None:  # noqa: ANN401, C901 (one case a tool)
    log(f"{name} {json.dumps(arguments, ensure_ascii=False)}")
    match name:
        case "crash":
            os._exit(3)
        case "never":
            return None
        case "change":
            TOOLS["run"] = {**PATH, "properties": {"path": TEXT, "command": TEXT}}
            say(method="notifications/tools/list_changed")
        case "ask":
            say(id=id_, method="sampling/createMessage", params={"messages": []})
            while id_ not in _answers:
                time.sleep(0.01)
            arguments = _answers.pop(id_)
        case "garbage":
            raw(b"Listening on port 8080")
            raw(b"")
            raw(b'[{"jsonrpc":"2.0","id":1,"result":{}}]')
            say(id="nobody asked", result={})
            say(method="notifications/cancelled", params={"requestId": [1]})
        case "odd":
            return raw(json.dumps({"jsonrpc": "2.0", "id": id_, "result": {"x": float("nan")}}).encode())
        case "flood":
            while True:
                say(method="notifications/message", params={"level": "info", "data": "x" * 1_000_000})
        case "huge":
            return say(id=id_, result=text("x" * int(arguments["path"])))
        case "late":
            time.sleep(1.5)
        case "twice":
            say(id=id_, result=text("first"))
    return say(id=id_, result=text(json.dumps(arguments, ensure_ascii=False)))


def answer(message: dict[str, Any]) -> None:
    id_, params = message.get("id"), message.get("params", {})
    match message.get("method"):
        case "initialize":
            info = {"name": "stub", "version": "1"}
            say(id=id_, result={"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info})
        case "tools/list":
            say(id=id_, result=listed(params.get("cursor")))
        case "tools/call" if params["name"] == "deaf":
            time.sleep(3600)
        case "tools/call" if params["name"] == "pester":
            for number in range(20_000):
                say(id=f"{number} {'x' * 20_000}", method="none/such")
            log("pestered")
            time.sleep(3600)
        case "tools/call":
            threading.Thread(target=run, args=(id_, params["name"], params.get("arguments", {})), daemon=True).start()
        case None:
            _answers[id_] = message.get("result") or message.get("error")
        case str(method) if method.startswith("notifications/"):
            log(f"{method} {json.dumps(params)}")
        case _:
            say(id=id_, error={"code": -32601, "message": "Method not found"})


def main() -> None:
    sys.stderr.write("stub: started\n")
    sys.stderr.flush()
    log(f"process {os.getpid()}")
    for line in sys.stdin.buffer:
        answer(json.loads(line))
    log("end of input")
    if "STUB_STAYS" in os.environ:
        time.sleep(3600)


if __name__ == "__main__":
    main()
