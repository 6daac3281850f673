"""The contract with the policy engine, without IO: a call becomes an input document, any answer becomes a decision.

Guarantees: a document that is built is one that every engine reads alike, or building it raises `Unsendable`; every
answer, whatever its bytes, becomes a `Decision`, and an allowing one only if it is complete and well-formed.
`docs/contracts.md` gives the shapes. It asks nobody anything and knows no engine.
"""

from mcp_opa.contract.answer import Fault, refusal, to_decision, to_needs, to_visible
from mcp_opa.contract.document import (
    Resource,
    Unsendable,
    about_document,
    input_document,
    needs_document,
    visible_document,
)
from mcp_opa.contract.shape import input_schema
from mcp_opa.contract.strict_json import Malformed, canonical, parse

__all__ = [
    "Fault",
    "Malformed",
    "Resource",
    "Unsendable",
    "about_document",
    "canonical",
    "input_document",
    "input_schema",
    "needs_document",
    "parse",
    "refusal",
    "to_decision",
    "to_needs",
    "to_visible",
    "visible_document",
]
