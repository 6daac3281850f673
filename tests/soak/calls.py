"""The calls of a soak: what each is, what must become of it, and what its client heard."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

POLICY = """
version: 1
actors:
  - id: agent
    allowed_tools: [read_file, never, garbage]
    constraints:
      read_file: {allowed_paths: ["docs/**"]}
      never: {access: read, timeout_seconds: 1}
      garbage: {access: read}
"""
VISIBLE = {"read_file", "never", "garbage"}
AFTER_SECONDS = 2.0
"""How long a fault is felt when it is over."""


@dataclass(frozen=True)
class Kind:
    """One sort of call."""

    tool: str
    path: str
    """With a place for the call's number."""
    allowed: bool
    answer: str
    """What its client must hear when nothing is at fault: done, refused, unknown or broken."""
    share: int
    """How many of a hundred calls are of this kind, about."""


KINDS = (
    Kind("read_file", "docs/{}", allowed=True, answer="done", share=58),
    Kind("read_file", "secret/{}", allowed=False, answer="refused", share=16),
    Kind("read_file", "docs/../secret/{}", allowed=False, answer="refused", share=12),
    Kind("delete_file", "docs/{}", allowed=False, answer="unknown", share=10),
    Kind("garbage", "docs/{}", allowed=True, answer="broken", share=2),
    Kind("never", "docs/{}", allowed=True, answer="refused", share=2),
)
ENDLESS = KINDS[-1]
HELLO, LIST = "hello", "list at "
"""Ids, of what is no call; the second before the time."""
GREETING = {
    "protocolVersion": "2025-11-25",
    "capabilities": {},
    "clientInfo": {"name": "soak", "version": "1"},
}
ANSWER_SECONDS = 60
"""When no answer has come by then, it is lost."""


@dataclass
class Call:
    """One call, and what became of it as its client saw that."""

    id: int
    kind: Kind
    path: str
    left: bool = False
    """The client said or showed that it doesn't want the answer."""
    fair: bool = True
    """Nothing was at fault meanwhile."""
    answers: list[str] = field(default_factory=list)
    ended: bool = False
    """The connection ended, or HTTP refused, instead of an answer."""

    @property
    def params(self) -> dict[str, Any]:
        """Of `tools/call`."""
        return {"name": self.kind.tool, "arguments": {"path": self.path}}


class Weather:
    """Whether anything is at fault for the calls of one lane."""

    def __init__(self) -> None:
        self._now = 0
        self._over = 0.0

    @contextmanager
    def foul(self) -> Iterator[None]:
        """Something is, while in here and a moment longer."""
        self._now += 1
        try:
            yield
        finally:
            self._now -= 1
            self._over = time.monotonic() + AFTER_SECONDS

    def fair_since(self, begun: float) -> bool:
        """Whether nothing was at fault since then."""
        return not self._now and self._over < begun


class Calls:
    """All calls of one lane."""

    def __init__(self, lane: str, seed: int) -> None:
        self.lane = lane
        self.weather = Weather()
        self.made: dict[int, Call] = {}
        self.strays: list[str] = []
        """Answers to nothing that was asked, and lists that show what they mustn't."""
        self.odd = 0
        """Answers to what was no message."""
        self._ids = itertools.count(1)
        self._chance = random.Random(seed)  # noqa: S311 (the same calls each time)

    def next(self, kind: Kind | None = None, *, left: bool = False) -> Call:
        """A call to make, of this kind or of any."""
        kind = kind or self._chance.choices(KINDS, [kind.share for kind in KINDS])[0]
        id_ = next(self._ids)
        call = self.made[id_] = Call(id_, kind, kind.path.format(f"{self.lane}-{id_}"), left)
        return call

    def heard(self, answer: dict[str, Any]) -> Call | None:
        """Take note of an answer; the call that it answers."""
        id_ = answer.get("id")
        if id_ is None and "error" in answer:
            self.odd += 1
        elif isinstance(id_, int) and (call := self.made.get(id_)):
            call.answers.append(_told(answer, call.path))
            return call
        elif isinstance(id_, str) and id_.startswith(LIST):
            self._listed(answer, float(id_.removeprefix(LIST)))
        elif id_ != HELLO:
            self.strays.append(str(answer)[:200])
        return None

    def _listed(self, answer: dict[str, Any], begun: float) -> None:
        tools = answer.get("result", {}).get("tools", [])
        if {tool["name"] for tool in tools} != VISIBLE and (tools or self.weather.fair_since(begun)):
            self.strays.append(str(answer)[:200])


def _told(answer: dict[str, Any], path: str) -> str:
    """An answer in a word."""
    if "error" in answer:
        return "unknown" if answer["error"]["code"] == -32602 else "broken"
    if answer["result"].get("isError"):
        return "refused"
    return "done" if answer["result"]["content"] == [{"type": "text", "text": f"done {path}"}] else "strange"
