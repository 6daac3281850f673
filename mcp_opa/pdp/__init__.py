"""The port between the gate and whatever evaluates the policy.

Guarantees: an engine answers a question by name, with one document, by one value or by one cause why there is none;
nothing but an `Answer` escapes it. What an answer means, and whether it is whole, is judged by `mcp_opa.contract`.
"""

from __future__ import annotations

from typing import Protocol

from mcp_opa.model import Answer, Question


class EngineError(Exception):
    """An engine can't be had, or refuses the policy data. The message says what is wrong and how to mend it.

    Raised where an engine is made or given data, never by a question.
    """


class PolicyDecisionPoint(Protocol):
    """Whatever answers the four questions. Threads may share one."""

    def ask(self, question: Question, document: bytes) -> Answer:
        """The answer to one question. `document` is an input document as `mcp_opa.contract` builds it."""
        ...
