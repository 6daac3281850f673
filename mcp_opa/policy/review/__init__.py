"""What a security reviewer would say of a policy that converts.

Guarantees: each piece of advice has a place and says what to do; none of it changes what the policy means. Misses what
only a look at the servers would show.
"""

from collections.abc import Iterator

from mcp_opa.policy.document import Document
from mcp_opa.policy.node import Page
from mcp_opa.policy.problem import Problem
from mcp_opa.policy.review import globs, reach, sharing, strength


def advice(document: Document, page: Page) -> Iterator[Problem]:
    """The warnings on a document without errors."""
    for part in (reach, globs, strength, sharing):
        yield from part.advice(document, page)
