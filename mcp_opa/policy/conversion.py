"""From the text of a policy to its data: read, shape, meaning, data, advice.

Guarantees: the same text gives the same data; all errors are raised at once, as one `PolicyError`, and nothing else is
raised.
"""

from __future__ import annotations

from dataclasses import dataclass

from mcp_opa.model import Json
from mcp_opa.policy import compiler, meaning, reader, review
from mcp_opa.policy.document import Case, Document
from mcp_opa.policy.node import Page
from mcp_opa.policy.problem import PolicyError, Problem
from mcp_opa.policy.shape import shaped


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy that converts."""

    data: Json
    """The policy data of docs/contracts.md, without `revision`."""
    warnings: tuple[Problem, ...]
    """What a security reviewer would say."""
    document: Document

    @property
    def tests(self) -> tuple[Case, ...]:
        """The policy's own tests."""
        return self.document.tests


def convert(text: str | bytes, name: str = "policy.yaml") -> Policy:
    """The policy that `text` states; `name` is its file's, for messages. Raises `PolicyError`."""
    root, problems = reader.read(text, name)
    if root is None:
        raise PolicyError(problems)
    document, page, misshapen = shaped(Page(name, root))
    problems += misshapen
    problems += meaning.problems(document, page, root)
    if problems:
        raise PolicyError(problems)
    return Policy(compiler.data(document, page.root), tuple(sorted(set(review.advice(document, page)))), document)
