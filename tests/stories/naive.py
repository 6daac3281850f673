"""A server that trusts its caller: each tool does what it is told, to its folder, its database, its network.

Started as a program of its own in the folder that it serves; uses the standard library alone.
"""

import json
import re
import sqlite3
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any


def read_file(path: str) -> str:
    return Path(path).read_text()


def query(sql: str) -> str:
    """SQLite, as many statements as come."""
    with sqlite3.connect("data.db") as database:
        database.executescript(sql)
    return "done"


def report(sql: str) -> str:
    """What PostgreSQL does with `COPY … TO PROGRAM`, for a role that may."""
    program = re.search(r"PROGRAM\s+'([^']*)'", sql, re.IGNORECASE)
    return subprocess.run(program[1], shell=True, capture_output=True, text=True, check=False).stdout if program else ""


def fetch(url: str) -> str:
    with urllib.request.urlopen(url, timeout=5) as page:  # noqa: S310
        return str(page.read().decode())


def call_tool(name: str, arguments: dict[str, Any]) -> str:
    """Whatever there is, by its name."""
    return TOOLS[name](**arguments)


TOOLS: dict[str, Callable[..., str]] = {tool.__name__: tool for tool in (read_file, query, report, fetch, call_tool)}
TEXT = {"type": "string"}


def listed() -> list[dict[str, Any]]:
    kinds = {str: TEXT, dict[str, Any]: {"type": "object"}}
    shapes = {
        name: {key: kinds[kind] for key, kind in tool.__annotations__.items() if key != "return"}
        for name, tool in TOOLS.items()
    }
    return [
        {"name": name, "inputSchema": {"type": "object", "properties": shape, "required": [*shape]}}
        for name, shape in shapes.items()
    ]


def result(message: dict[str, Any]) -> dict[str, Any]:
    match message["method"]:
        case "initialize":
            info = {"name": "naive", "version": "1"}
            return {"protocolVersion": "2025-11-25", "capabilities": {"tools": {}}, "serverInfo": info}
        case "tools/list":
            return {"tools": listed()}
    params = message["params"]
    try:
        said, failed = TOOLS[params["name"]](**params["arguments"]), False
    except Exception as error:  # noqa: BLE001 (whatever a tool does, its caller reads it)
        said, failed = str(error), True
    return {"content": [{"type": "text", "text": said}], "isError": failed}


def main() -> None:
    for line in sys.stdin.buffer:
        message = json.loads(line)
        if "id" in message:
            answer = {"jsonrpc": "2.0", "id": message["id"], "result": result(message)}
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
