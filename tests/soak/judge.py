"""What a soak found: every call held against what was recorded, what ran, and what its client heard."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.soak.calls import Call, Calls


@dataclass
class Account:
    """What was recorded of one call, and how often it ran."""

    decisions: list[dict[str, Any]] = field(default_factory=list)
    outcomes: list[dict[str, Any]] = field(default_factory=list)
    ran: int = 0


def accounts(folder: Path) -> dict[str, Account]:
    """By the call's path."""
    found: dict[str, Account] = {}
    for path in sorted(folder.glob("record*")):
        for written in filter(None, path.read_bytes().splitlines()):  # a line that others were writing is ended twice
            record = json.loads(written)
            if named := record["arguments"].get("path"):
                account = found.setdefault(named, Account())
                (account.decisions if record["event"] == "decision" else account.outcomes).append(record)
    for line in (folder / "ran").read_text().splitlines():
        found.setdefault(line, Account()).ran += 1
    return found


def problems(lanes: Iterable[Calls], found: dict[str, Account]) -> list[str]:
    """Everything that is not as it must be."""
    told = [f"{lane.lane}: {stray}" for lane in lanes for stray in lane.strays]
    for lane in lanes:
        for call in lane.made.values():
            account = found.get(call.path, Account())
            told += [f"{call.path} ({call.kind.tool}): {wrong}" for wrong in _wrong(call, account)]
    known = {call.path for lane in lanes for call in lane.made.values()}
    return told + [f"{path}: nobody called it" for path in found.keys() - known]


def _wrong(call: Call, account: Account) -> Iterator[str]:
    yield from _answered(call)
    yield from _decided(call, account)
    allowed = [record for record in account.decisions if record["policy_decision"] == "ALLOW"]
    ended = [record["decision_id"] for record in account.outcomes]
    left_before = not (ended or account.ran or call.answers)  # its client was gone when it was allowed
    if [record["decision_id"] for record in allowed] != ended and not left_before:
        yield f"{len(allowed)} allowed, {len(account.outcomes)} outcomes"
    if account.ran > len(allowed):
        yield f"ran {account.ran} times, allowed {len(allowed)} times"
    if "done" in call.answers and account.ran != 1:
        yield f"done, and ran {account.ran} times"


def _answered(call: Call) -> Iterator[str]:
    if len(call.answers) > 1 or (not call.answers and not call.left and not call.ended):
        yield f"{len(call.answers)} answers"
    if call.fair and not call.left and call.answers != [call.kind.answer]:
        yield f"the client heard {call.answers or 'nothing'}, not {call.kind.answer}"
    if "strange" in call.answers or (not call.kind.allowed and "done" in call.answers):
        yield f"the client heard {call.answers}"


def _decided(call: Call, account: Account) -> Iterator[str]:
    if len(account.decisions) > 1 or (call.answers and not account.decisions):
        yield f"{len(account.decisions)} decisions"
    for record in account.decisions:
        effect, cause = record["policy_decision"], record["cause"]
        if effect == "ALLOW" and not call.kind.allowed:
            yield "ALLOWED"
        if effect == "DENY" and call.kind.allowed and (call.fair or cause == "policy"):
            yield f"refused: {cause}, {record['error']}"


def table(lanes: Iterable[Calls], found: dict[str, Account]) -> str:
    """What was called, and what became of it."""
    heads = ("done", "refused", "unknown", "broken", "no answer")
    rows = [f"{'calls':24} {'all':>7} " + " ".join(f"{head:>10}" for head in (*heads, "decisions", "outcomes"))]
    for lane in lanes:
        calls = list(lane.made.values())
        heard = Counter(call.answers[0] if call.answers else "no answer" for call in calls)
        own = [found.get(call.path, Account()) for call in calls]
        recorded = (sum(len(each.decisions) for each in own), sum(len(each.outcomes) for each in own))
        numbers = (*(heard[head] for head in heads), *recorded)
        rows.append(f"{lane.lane:24} {len(calls):7} " + " ".join(f"{number:10}" for number in numbers))
    return "\n".join(rows)
