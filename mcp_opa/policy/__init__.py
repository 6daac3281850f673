"""The policy document: YAML in, the data of OPA out, or everything that is wrong with it.

Guarantees: `convert` gives a `Policy` or raises `PolicyError`, whatever the bytes; nothing is guessed. Reads no files.
"""

from mcp_opa.policy.conversion import Policy, convert
from mcp_opa.policy.document import Case, Document, schema
from mcp_opa.policy.problem import PolicyError, Problem

__all__ = ["Case", "Document", "Policy", "PolicyError", "Problem", "convert", "schema"]
