"""What came of a call that was sent to the server, for its record.

Guarantees: an outcome is the server's word, which proves nothing: the decision was recorded before.
"""

from __future__ import annotations

from mcp_opa.gate import Execution
from mcp_opa.model import Json
from mcp_opa.pep.message import Answer, Failure


class Failed(Exception):
    """The server answered with an error, which the client gets as it is."""

    def __init__(self, answer: Failure) -> None:
        super().__init__(f"{answer.error['code']} {answer.error['message']}")
        self.answer = answer


def noted(answer: Answer, execution: Execution) -> dict[str, Json]:
    """The result, taken note of. Raises `Failed`."""
    if isinstance(answer, Failure):
        raise Failed(answer)
    content = answer.result.get("content")
    execution.result = content if type(content) is list else answer.result
    if answer.result.get("isError") is True:
        execution.failed(_said(content))
    return answer.result


def _said(content: Json) -> str:
    """The first text of a result that tells of a failure."""
    texts = [part.get("text") for part in content if type(part) is dict] if type(content) is list else []
    return next((text for text in texts if type(text) is str), "the tool says that it failed")
