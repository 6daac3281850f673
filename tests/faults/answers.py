"""What OPA answers to the two questions that a decision takes, when all is well."""

from __future__ import annotations

import json
from typing import Any

from mcp_opa.model import Question

REVISION = "r1"
BUNDLE = "mcp"
PERMIT = "read_only.permitted"


def value(question: Question, request_id: str) -> dict[str, Any]:
    """The value of a good answer; an allow, if the question is the decision."""
    common = {"version": 1, "id": request_id, "revision": REVISION}
    if question is Question.NEEDS:
        return {**common, "contact": "", "schemas": [], "sql": [], "url": [], "content": [["content"]]}
    return {
        **common,
        "effect": "ALLOW",
        "allow": True,
        "rule": PERMIT,
        "permits": [PERMIT],
        "reasons": [],
        "would_deny": [],
        "obligations": {"timeout_seconds": 30, "rate_limit": None, "log": True, "alert": False},
    }


def envelope(result: object, **more: object) -> dict[str, Any]:
    """What OPA puts around a value when it is asked for provenance."""
    built = {"version": "1.22.2", "build_commit": "", "build_timestamp": "", "build_hostname": ""}
    bundles = {BUNDLE: {"revision": REVISION}}
    return {"decision_id": "8a4e", "provenance": {**built, "bundles": bundles}, "result": result, **more}


def text(document: object) -> bytes:
    """JSON as OPA writes it."""
    return json.dumps(document, ensure_ascii=False).encode() + b"\n"


def body(result: object) -> bytes:
    """The whole body around a value."""
    return text(envelope(result))
