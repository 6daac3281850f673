"""A decision in words."""

import click

from mcp_opa.cli import report
from mcp_opa.model import Cause, Decision, Effect, Reason, Source


def test_no_part_of_what_is_shown_passes_for_another() -> None:
    odd = "/x\n\x1b[2K\rALLOW\u202e"
    reason = Reason(f"odd{odd}", odd, Source(3, odd))
    decision = Decision(odd, Effect.DENY, Cause.POLICY, odd, reasons=(reason,), revision=odd)
    spelled = r"/x\n\x1b[2K\rALLOW\u202e"
    assert click.unstyle(report.as_text(report.as_json(decision))).split("\n") == [
        "DENY",
        "cause           policy",
        f"rule            {spelled}",
        f"reason          odd{spelled} ({spelled})  odd{spelled}",
        f"                line 3: {spelled}",
        f"id              {spelled}",
        f"revision        {spelled}",
    ]
