"""The gate: calls go in, verdicts come out, and everything that an allow depends on has been done before it.

Guarantees: every call gets a `Decision`, and an allowing one only from a whole answer of the policy, on the facts that
this very revision asked for, with its obligations kept and its record written. Nothing here knows where a call came
from.
"""

from mcp_opa.gate._gate import Gate
from mcp_opa.gate.denied import Denied, Overrun
from mcp_opa.gate.execution import Execution
from mcp_opa.gate.loading import load_data

__all__ = ["Denied", "Execution", "Gate", "Overrun", "load_data"]
