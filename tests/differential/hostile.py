"""Calls that engines might read differently: real ones, spoilt in places.

Guarantees: the same seed gives the same calls. What is put in comes from the corpora of this repository (paths, URLs,
SQL), and from what parsers stumble over: Unicode, encodings, numbers, nesting, bounds.
"""

import json
import random
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mcp_opa import contract
from mcp_opa.contract import Resource
from mcp_opa.contract.document import MAX_STRING
from mcp_opa.model import Json, Subject, ToolCall
from tests.differential.grounds import Ground, callers

TESTS = Path(__file__).parents[1]
SNIPPETS = [
    *(
        "..",
        "/",
        "//",
        "./",
        "../",
        "\\",
        "~",
        ":",
        "::$DATA",
        "..;/",
        "?",
        "#",
        "*",
        "**",
        "[a]",
        "{a,b}",
        " ",
        ".",
        "",
    ),
    *("%2e", "%2E%2e", "%2f", "%252e%252e", "%25", "%", "%zz", "%c0%ae", "%e2%80%ae", "%u002e", "%00", "%ff", "%c5%bf"),
    *(
        "\u0000",
        "\t",
        "\n",
        "\r",
        "\u001f",
        "\u007f",
        "\u0085",
        "\u00a0",
        "\u00ad",
        "\u200b",
        "\u202e",
        "\u2028",
        "\ufeff",
    ),
    *(
        "é",
        "e\u0301",
        "ß",
        "ſ",
        "K",
        "İ",
        "ı",
        "Ⅷ",
        "ﬁ",
        "ａ",
        "．",
        "／",
        "․",
        "∕",
        "а",
        "Ω",
        "ά",
        "क्षि",
        "한",
        "漢",
        "\ufffd",
    ),
    *("\U0001f600", "\U0001f468\u200d\U0001f469", "\U00010437", "\U0002f800", "\U000e0041", "\U000e0100", "\U0010ffff"),
    *(
        "'",
        '"',
        "`",
        ";",
        "|",
        "&",
        "$(id)",
        "${x}",
        "--",
        "/*!1*/",
        "'; DROP TABLE users--",
        "<script>",
        "-rf",
        "\\u002e",
    ),
    *(
        "@",
        "http://",
        "https://[::1]/",
        "file:///etc/passwd",
        "//evil.example",
        "javascript:",
        "127.1",
        "0x7f.1",
        "xn--",
    ),
]
NUMBERS: list[int | float] = [
    *(
        0,
        1,
        -1,
        7,
        10,
        128,
        255,
        256,
        4095,
        4096,
        4097,
        65536,
        2**31 - 1,
        2**31,
        2**32,
        2**53,
        2**53 + 1,
        2**63 - 1,
        -(2**63),
    ),
    *(0.0, -0.0, 0.1, 0.5, 1.0, 1.5, 1e-7, 1e15, 1e16, 1e21, 1e22, 1e308, 5e-324, 2.2250738585072014e-308, -1e308),
    *(0.1 + 0.2, 1 / 3, 123456789.123456789, 9007199254740993.0),
]
LENGTHS = (MAX_STRING - 1, MAX_STRING, MAX_STRING + 1, 2 * MAX_STRING, 70_000)
METHODS = (
    *("tools/call", "resources/read", "resources/subscribe", "resources/unsubscribe", "prompts/get"),
    *("completion/complete", "tools/list", "Tools/Call", "", "tools/call "),
)
LISTS = {
    "tools/list": "tool",
    "resources/list": "resource",
    "resources/templates/list": "resource_template",
    "prompts/list": "prompt",
}
SCHEMAS: list[Json] = [
    None,
    {"type": "object"},
    {"type": "object", "required": ["path"]},
    {"type": "object", "additionalProperties": False},
    {"type": "object", "properties": {"path": {"maxLength": 10}}},
    {"$ref": "#"},
    {"$ref": "https://schemas.example/x"},
    True,
    False,
    7,
]
_DEEPEST = 6


@cache
def texts() -> tuple[str, ...]:
    """What the corpora hold: paths, URLs, SQL."""
    paths = [json.loads(line)["path"] for line in (TESTS / "corpora" / "paths.jsonl").read_text().splitlines()]
    sql = [json.loads(line)["sql"] for line in (TESTS / "corpora" / "sql.jsonl").read_text().splitlines()]
    urls = [url for group in _yaml("urls.yaml").values() for url in _leaves(group)]
    hostile = [text for group in _yaml("sql_hostile.yaml").values() for text in _leaves(group)]
    return tuple(text for text in (*paths, *sql, *urls, *hostile) if isinstance(text, str))


class Hostile:
    """A source of hostile calls for one policy."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self._random = random.Random(seed)  # noqa: S311 (nothing secret)
        self._ground = ground
        self._subjects = callers(ground)

    def call(self) -> ToolCall:
        """A call of the policy's rows, spoilt in one to three places."""
        call = self._random.choice(self._ground.calls)
        for _ in range(self._random.choice((1, 1, 2, 3))):
            call = self._spoilt_call(call)
        return call

    def page(self) -> tuple[Subject, str, str | None, list[Resource]]:
        """A page of a list to filter, in the order of `Gate.visible`."""
        calls = self._random.choices(self._ground.calls, k=self._random.randrange(9))
        method, kind = self._random.choice(list(LISTS.items()))
        kinds = (kind, kind, kind, *LISTS.values())
        names = [call.name if self._random.random() < 0.7 else self._edited(call.name) for call in calls]
        listed = [Resource(self._random.choice(kinds), name) for name in names]
        server = self._random.choice([None, "files", *(call.server_id for call in calls)])
        return self._random.choice(self._subjects), method, server, listed

    def document(self, sent: bytes) -> bytes:
        """An object still, but hardly one that a gate would send: something in it taken away, put in or exchanged."""
        return contract.canonical(self._spoilt_object(contract.parse(sent)))

    def _spoilt_value(self, value: Json) -> Json:
        if isinstance(value, dict) and value and self._random.random() < 0.97:
            return self._spoilt_object(value)
        if isinstance(value, list) and value and self._random.random() < 0.9:
            place = self._random.randrange(len(value))
            return [self._spoilt_value(child) if index == place else child for index, child in enumerate(value)]
        if isinstance(value, str) and self._random.random() < 0.8:
            return self._edited(value)
        return self._value()

    def _spoilt_object(self, value: dict[str, Json]) -> Json:
        key = self._random.choice(list(value))
        match self._random.randrange(8):
            case 0:
                return {name: child for name, child in value.items() if name != key}
            case 1:
                return value | {self._text(): self._value()}
            case 2:
                return {self._edited(name) if name == key else name: child for name, child in value.items()}
            case _:
                return value | {key: self._spoilt_value(value[key])}

    def _spoilt_call(self, call: ToolCall) -> ToolCall:
        match self._random.randrange(12):
            case 0:
                return replace(call, subject=self._random.choice(self._subjects))
            case 1:
                return replace(call, name=self._edited(call.name))
            case 2:
                return replace(call, method=self._random.choice(METHODS))
            case 3:
                return replace(call, server_id=self._random.choice([None, "files", "db", "other", "Files", "a" * 128]))
            case 4:
                return replace(call, schema=self._random.choice(SCHEMAS))
            case _:
                return replace(call, arguments=self._spoilt_value(call.arguments))

    def _value(self, depth: int = 0) -> Json:
        match self._random.randrange(10 if depth < _DEEPEST else 7):
            case 0 | 1 | 2:
                return self._text()
            case 3 | 4:
                return self._random.choice(NUMBERS)
            case 5 | 6:
                return self._random.choice([None, True, False, "", {}, []])
            case 7:
                return [self._value(depth + 1) for _ in range(self._random.randrange(4))]
            case _:
                return {
                    self._text()[:200]: self._value(depth + 1) for _ in range(self._random.choice((0, 1, 2, 3, 40)))
                }

    def _text(self) -> str:
        match self._random.randrange(6):
            case 0:
                return self._random.choice(texts())
            case 1:
                return self._long("a")
            case _:
                return "".join(self._random.choices(SNIPPETS, k=self._random.randrange(1, 6)))

    def _edited(self, text: str) -> str:
        at = self._random.randrange(len(text) + 1)
        match self._random.randrange(9):
            case 0:
                return self._text()
            case 1:
                return text[:at] + text[at + 1 :]
            case 2:
                return text.swapcase()
            case 3:
                return text[:at] + "".join(f"%{byte:02x}" for byte in text[at : at + 1].encode()) + text[at + 1 :]
            case 4:
                return self._long(text or "b")
            case 5:
                return self._random.choice(texts())
            case _:
                return text[:at] + self._random.choice(SNIPPETS) + text[at:]

    def _long(self, text: str) -> str:
        length = self._random.choice(LENGTHS) if self._random.random() < 0.2 else 40
        return (text * (length // len(text) + 1))[:length]


def _yaml(name: str) -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((TESTS / "facts" / name).read_text())
    return read


def _leaves(value: Json) -> list[Json]:
    if isinstance(value, dict):
        return [leaf for child in value.values() for leaf in _leaves(child)]
    return [leaf for child in value for leaf in _leaves(child)] if isinstance(value, list) else [value]
