"""Whatever OPA does, a call runs only on its whole answer: every fault of the matrix, over real sockets."""

from pathlib import Path

import pytest

from mcp_opa.model import Question
from tests.faults.controls import CONTROLS
from tests.faults.fault import Fault, Transport
from tests.faults.table import FAULTS, ROWS, listing
from tests.faults.trial import DEADLINE, SECRET, Trial, tried

GRACE = 1.0
"""Seconds that a busy machine may add to the deadline."""
MOST_TAKEN = 32 << 20
"""Bytes of an answer without end that may leave the server: the cap, and what the kernel holds."""


def _parameters(rows: list[tuple[Fault, Question]]) -> list[object]:
    return [pytest.param(fault, at, id=f"{fault.name}, at {at}") for fault, at in rows]


def _must_hold(fault: Fault, at: Question, trial: Trial) -> None:
    """All that is promised of a fault."""
    record = trial.record
    seen = (record.policy_decision, record.cause, trial.ran, trial.outcomes, trial.ran_after, trial.strayed, trial.left)
    assert seen == ("DENY", fault.cause, False, 0, True, 0, 0), record.error
    assert trial.seconds <= DEADLINE + GRACE
    assert trial.asked <= (fault.asked if at is Question.DECISION else 1)
    assert trial.flooded <= MOST_TAKEN
    assert record.error
    assert SECRET not in record.error
    assert trial.message.startswith(f"Refused ({fault.cause}): ")
    assert record.error not in trial.message


@pytest.mark.slow
@pytest.mark.parametrize(("fault", "at"), _parameters(ROWS))
def test_a_fault_refuses_with_its_own_cause_and_the_next_call_runs(fault: Fault, at: Question) -> None:
    _must_hold(fault, at, tried(fault, at))


ANSWERED = [(fault, fault.at[-1]) for fault in FAULTS if fault.answer]


@pytest.mark.slow
@pytest.mark.parametrize("transport", [Transport.TLS, Transport.UNIX])
@pytest.mark.parametrize(("fault", "at"), _parameters(ANSWERED))
def test_a_fault_in_an_answer_is_the_same_on_any_transport(fault: Fault, at: Question, transport: Transport) -> None:
    _must_hold(fault, at, tried(fault, at, transport=transport))


@pytest.mark.parametrize("transport", Transport)
@pytest.mark.parametrize("control", CONTROLS, ids=lambda control: control.name)
def test_an_answer_that_only_looks_odd_is_obeyed(control: Fault, transport: Transport) -> None:
    trials = [tried(control, at, transport=transport) for at in control.at]
    assert [(trial.ran, trial.record.cause, trial.asked, trial.left) for trial in trials] == [
        (True, "policy", 1, 0)
    ] * 2


def test_a_fault_has_one_row_under_one_name() -> None:
    rows = [(fault.name, fault.transport) for fault in FAULTS]
    assert len(set(rows)) == len(rows)


def test_the_page_on_failures_shows_the_whole_table() -> None:
    page = Path(__file__).parents[2] / "docs" / "failures.md"
    assert page.read_text().partition("| OPA …")[2] == listing().removeprefix("| OPA …") + "\n"
