"""A soak that can't fail proves nothing: each thing that may go wrong is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.soak.calls import KINDS, Calls
from tests.soak.judge import Account, problems

ALLOWED, REFUSED = KINDS[0], KINDS[1]


def _record(effect: str, cause: str = "policy") -> dict[str, Any]:
    return {"policy_decision": effect, "cause": cause, "decision_id": "1", "error": ""}


ALLOW, DENY, AWAY = _record("ALLOW"), _record("DENY"), _record("DENY", "unavailable")


@pytest.mark.parametrize(
    ("kind", "answers", "account", "told"),
    [
        (ALLOWED, ["done"], Account([ALLOW], [ALLOW], 1), []),
        (REFUSED, ["refused"], Account([DENY]), []),
        (ALLOWED, [], Account([ALLOW], [ALLOW], 1), ["0 answers", "the client heard nothing, not done"]),
        (
            ALLOWED,
            ["done", "done"],
            Account([ALLOW], [ALLOW], 1),
            ["2 answers", "the client heard ['done', 'done'], not done"],
        ),
        (ALLOWED, ["done"], Account([ALLOW], [], 1), ["1 allowed, 0 outcomes"]),
        (ALLOWED, ["done"], Account([], [], 1), ["0 decisions", "ran 1 times, allowed 0 times"]),
        (ALLOWED, ["done"], Account([ALLOW], [ALLOW], 0), ["done, and ran 0 times"]),
        (ALLOWED, ["refused"], Account([AWAY]), ["the client heard ['refused'], not done", "refused: unavailable, "]),
        (REFUSED, ["refused"], Account([DENY], [], 1), ["ran 1 times, allowed 0 times"]),
        (REFUSED, ["refused"], Account([ALLOW], [ALLOW]), ["ALLOWED"]),
    ],
)
def test_what_is_not_as_it_must_be_is_told(kind: Any, answers: list[str], account: Account, told: list[str]) -> None:  # noqa: ANN401
    calls = Calls("lane", 0)
    call = calls.next(kind)
    call.answers += answers
    assert problems([calls], {call.path: account}) == [f"{call.path} ({kind.tool}): {wrong}" for wrong in told]


def test_what_nobody_called_and_what_nobody_asked_is_told() -> None:
    calls = Calls("lane", 0)
    calls.heard({"id": 7, "result": {}})
    calls.heard({"id": "list at 0.5", "result": {"tools": [{"name": "delete_file"}]}})
    assert problems([calls], {"docs/x": Account(ran=1)}) == [
        "lane: {'id': 7, 'result': {}}",
        "lane: {'id': 'list at 0.5', 'result': {'tools': [{'name': 'delete_file'}]}}",
        "docs/x: nobody called it",
    ]
