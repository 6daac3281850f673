"""`python -m tests.faults`: every fault tried in turn, and what the gate made of it."""

from __future__ import annotations

import sys

import click

from mcp_opa.model import Effect, Question
from tests.faults.fault import Fault
from tests.faults.table import GROUPS, ROWS
from tests.faults.trial import DEADLINE, Trial, tried

GOAL = 1.2
"""How many times the deadline a refusal should take at most."""


def main() -> int:
    """Try all; 0 if each was refused with its own cause, and the next call ran."""
    click.echo(f"{len(ROWS)} trials; the deadline is {DEADLINE} s, the goal {GOAL} times that\n")
    click.echo(f"{'fault':52} {'at':9} {'cause':12} {'seconds':>8} {'× deadline':>10}")
    wrong = late = 0
    for group, faults in GROUPS.items():
        click.echo(f"\n{group}")
        for fault in faults:
            for at in fault.at:
                trial = tried(fault, at)
                problem = problems(fault, trial)
                wrong += bool(problem)
                late += trial.seconds > GOAL * DEADLINE
                _show(fault, at, trial, problem)
    click.echo(f"\n{len(ROWS) - wrong} of {len(ROWS)} as they must be, {late} later than the goal")
    return int(bool(wrong))


def problems(fault: Fault, trial: Trial) -> str:
    """What is wrong with what the gate did, if anything is."""
    found = {
        "ALLOWED": trial.record.policy_decision != Effect.DENY,
        "THE TOOL RAN": trial.ran,
        f"the cause should be {fault.cause}": trial.record.cause != fault.cause,
        "the next call did not run": not trial.ran_after,
        "it went elsewhere": trial.strayed,
        f"{trial.left} threads or files are left": trial.left,
    }
    return ", ".join(name for name, is_so in found.items() if is_so)


def _show(fault: Fault, at: Question, trial: Trial, problem: str) -> None:
    times = trial.seconds / DEADLINE
    mark = "  over the goal" if times > GOAL else ""
    click.echo(
        f"  {fault.name:50} {at:9} {trial.record.cause:12} {trial.seconds:8.3f} {times:10.2f}{mark}"
        + (f"  WRONG: {problem}" if problem else "")
    )


if __name__ == "__main__":
    sys.exit(main())
