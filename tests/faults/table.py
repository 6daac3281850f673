"""The matrix: every fault that is tried, by group, in the order in which it is shown."""

from __future__ import annotations

from itertools import groupby

from mcp_opa.model import Cause, Question
from tests.faults import answers
from tests.faults.bodies import BODIES
from tests.faults.connections import AWAY, LATE, TLS, UNIX
from tests.faults.fault import Fault, http, sending
from tests.faults.messages import CHUNKS, LENGTHS, NO_HTTP, TYPES
from tests.faults.statuses import STATUSES

CHANGING = Fault(
    "another revision than that of the needs",
    Cause.UNAVAILABLE,
    sending(lambda asked: http(answers.body({**asked.value, "revision": "r2"}))),
    at=(Question.DECISION,),
    asked=2,
)
GROUPS: dict[str, list[Fault]] = {
    "nobody there, or cut short": AWAY,
    "too late": LATE,
    "on a Unix socket": UNIX,
    "another TLS": TLS,
    "another status": STATUSES,
    "no HTTP": NO_HTTP,
    "another type or encoding": TYPES,
    "another length": LENGTHS,
    "odd chunks, and bodies without end": CHUNKS,
    **{f"200 with a body that is {group}": [body.fault() for body in bodies] for group, bodies in BODIES.items()},
    "200 under a revision that keeps changing": [CHANGING],
}
FAULTS = [fault for faults in GROUPS.values() for fault in faults]
ROWS = [(fault, question) for fault in FAULTS for question in fault.at]


def listing() -> str:
    """The whole table as `docs/failures.md` shows it."""
    lines = ["| OPA … | so the call is refused as |", "|---|---|"]
    for group, faults in GROUPS.items():
        lines.append(f"| **{group}** | |")
        for cause, alike in groupby(faults, lambda fault: fault.cause):
            lines.append(f"| {'; '.join(_escaped(fault.name) for fault in alike)} | `{cause}` |")
    return "\n".join(lines)


def _escaped(name: str) -> str:
    return name.replace("|", "\\|")
