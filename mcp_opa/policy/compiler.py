"""A sound document to the policy data of OPA (docs/contracts.md).

Guarantees: the same document gives the same data; whatever Rego looks up is keyed here. Raises nothing for a document
that `meaning.py` has nothing to say of. Doesn't add the revision: the bundle does.
"""

from __future__ import annotations

from collections.abc import Sequence

from mcp_opa.contract import canonical
from mcp_opa.model import Json
from mcp_opa.policy import grants, patterns, vocabulary
from mcp_opa.policy.constraints import compiled, source
from mcp_opa.policy.document import Actor, Document, Holder
from mcp_opa.policy.node import Node, Path

FORMAT = 1


def data(document: Document, root: Node) -> Json:
    """The policy data, but for its `revision`. `root` is the document's tree."""
    return {
        "format": FORMAT,
        "contact": document.contact,
        "default_action": document.default_action,
        "alert_on_deny": document.audit.alert_on_deny,
        "vocabulary": _vocabulary(),
        "global_deny": patterns.names(_listed("global_deny_list", document.global_deny_list, root), fold=True),
        "rate_limits": patterns.names(_rate_limits(document, root)),
        "schemas": patterns.names(_schemas(document, root)),
        "actors": _holders(document.actors, root, "actors"),
        "groups": _holders(document.groups, root, "groups"),
    }


def _vocabulary() -> Json:
    return {
        "read_verbs": dict.fromkeys(sorted(vocabulary.READ_VERBS), True),
        "write_verbs": dict.fromkeys(sorted(vocabulary.WRITE_VERBS), True),
        "arguments": {kind: dict.fromkeys(names, True) for kind, names in vocabulary.ARGUMENTS.items()},
    }


def _listed(key: str, entries: Sequence[str], node: Node) -> dict[str, Json]:
    places = node.at(key).items
    return {
        entry: {"source": source(place.line, f"{key}: {entry}")} for entry, place in zip(entries, places, strict=True)
    }


def _rate_limits(document: Document, root: Node) -> dict[str, Json]:
    lines = root.at("rate_limits").keys
    return {
        entry: {
            "calls_per_minute": limit.max_calls_per_minute,
            "source": source(
                lines[entry][0], f"rate_limits: {entry}: max_calls_per_minute: {limit.max_calls_per_minute}"
            ),
        }
        for entry, limit in document.rate_limits.items()
    }


def _schemas(document: Document, root: Node) -> dict[str, Json]:
    lines = root.at("schemas").keys
    return {
        entry: {"schema": canonical(schema).decode(), "source": source(lines[entry][0], f"schemas: {entry}")}
        for entry, schema in document.schemas.items()
    }


def _holders(holders: Sequence[Holder], root: Node, section: str) -> Json:
    places = root.at(section).items
    return {
        holder.id: _holder(holder, (section, index), place)
        for index, (holder, place) in enumerate(zip(holders, places, strict=True))
    }


def _holder(holder: Holder, home: Path, node: Node) -> Json:
    lines = node.at("allowed_tools").items
    made = {
        "grants": patterns.names(
            {grant.entry: _grant(grant, lines[grant.index].line, node) for grant in grants.of(holder, home)}
        ),
        "resources": patterns.paths(holder.resources),
        "prompts": patterns.names(_listed("prompts", holder.prompts, node)),
        "source": source(node.line, f"id: {holder.id}"),
    }
    return made | {"expires": holder.expires, "groups": list(holder.groups)} if isinstance(holder, Actor) else made


def _grant(grant: grants.Grant, line: int, node: Node) -> Json:
    return {
        "source": source(line, f"allowed_tools: {grant.entry}"),
        "access": grant.access,
        "exact": grant.exact,
        "scoped": grant.scoped,
        "timeout_seconds": grant.held.timeout_seconds,
        "constraints": compiled(grant, node.at("constraints", grant.entry)),
    }
