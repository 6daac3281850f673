"""The frozen values that everything else speaks in.

Guarantees: a value made here is never changed afterwards; `bool(decision)` is the verdict, and it is true only where a
policy answered and allowed. Does no IO, reads no clock, knows no engine.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

Json = Any
"""A JSON value as `json.loads` gives it: dict, list, str, int, float, bool or None."""


class Question(StrEnum):
    """What an engine can be asked: the entry points of the Rego package `mcp.authz`."""

    DECISION = "decision"
    VISIBLE = "visible"
    NEEDS = "needs"
    ABOUT = "about"


class Cause(StrEnum):
    """Why a decision is what it is. Only `POLICY` can allow; every other cause is a failure to decide, and refuses."""

    POLICY = "policy"
    UNDEFINED = "undefined"
    MALFORMED = "malformed"
    UNAVAILABLE = "unavailable"
    TIMEOUT = "timeout"
    UNSENDABLE = "unsendable"
    RATE_LIMIT = "rate_limit"
    AUDIT = "audit"
    AUTHENTICATION = "authentication"


class Effect(StrEnum):
    """The kit's `policy_decision`."""

    ALLOW = "ALLOW"
    DENY = "DENY"
    LOG_AND_ALLOW = "LOG_AND_ALLOW"


@dataclass(frozen=True, slots=True)
class Subject:
    """Who calls, as an authenticator proved it; never taken from the message."""

    id: str
    groups: tuple[str, ...] = ()
    """Groups that the authenticator names beside those that the policy gives the actor."""
    auth_method: str = "none"
    """How the subject was authenticated: `api_key`, `jwt`, `process`, …"""


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call to decide. `arguments` is frozen by convention: whoever holds the call doesn't change them."""

    subject: Subject
    name: str
    """The tool's name; for another method the resource's URI or the prompt's name."""
    arguments: Json = field(default_factory=dict)
    method: str = "tools/call"
    server_id: str | None = None
    schema: Json | None = None
    """The tool's input schema as its server gives it, if known (JSON Schema)."""
    correlation_id: str = ""
    session_id: str = ""
    source_ip: str = ""
    model_output_ref: str = ""
    """Hash of the model's output that led to the call; for the record alone, as is the next."""
    context_sources: tuple[str, ...] = ()
    """What influenced the model: user input, documents, …"""

    @property
    def resource_type(self) -> str:
        """`tool`, `resource` or `prompt`: what `name` names (a completion names a template if it holds a colon)."""
        if self.method.startswith("resources/") or (self.method == "completion/complete" and ":" in self.name):
            return "resource"
        return "prompt" if self.method in ("prompts/get", "completion/complete") else "tool"


@dataclass(frozen=True, slots=True)
class Source:
    """The place in the policy's YAML that a reason comes from: 1-based line, and its text."""

    line: int
    text: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a call is refused: a rule's code (`package.rule`), and what it speaks of.

    `argument` is a JSON pointer into the arguments, `source` the policy line, where there are such.
    """

    code: str
    argument: str | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Obligations:
    """What the caller must keep if it runs the call."""

    timeout_seconds: int | None = None
    rate_limit: int | None = None
    """Calls a minute, per actor, server and tool."""
    log: bool = True
    alert: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on one call. `bool(decision)` is true only for an allow."""

    id: str
    effect: Effect
    cause: Cause
    rule: str = ""
    permits: tuple[str, ...] = ()
    reasons: tuple[Reason, ...] = ()
    would_deny: tuple[Reason, ...] = ()
    obligations: Obligations = Obligations()
    revision: str = ""
    detail: str = ""
    """For operators: what went wrong when `cause` isn't `policy`, and what to try. Never shown to a client."""

    def __bool__(self) -> bool:
        return self.allow

    @property
    def allow(self) -> bool:
        """True only where a policy answered and allowed."""
        return self.cause is Cause.POLICY and self.effect is not Effect.DENY


class Status(StrEnum):
    """How the execution of a call ended; the kit's `status`."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    """The tool ran, and says that it failed."""
    TIMEOUT = "TIMEOUT"
    ERROR = "ERROR"
    """The tool didn't come to its end."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a call that was allowed."""

    status: Status
    error: str = ""
    duration_ms: float = 0.0
    result_metadata: Mapping[str, Json] = field(default_factory=dict)
    """Sizes and counts of the result, never the result."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an engine says to one question: a value (already parsed, strictly), or the cause why there is none."""

    value: Json = None
    cause: Cause | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Needs:
    """Which facts a decision will want: the answer to `needs`.

    A pointer is a tuple of segments, `*` for each element of an array.
    """

    revision: str
    contact: str = ""
    schemas: tuple[str, ...] = ()
    """JSON Schemas of the policy for this tool, each as JSON text."""
    sql: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = ()
    """Pairs of a dialect (`any` where none is stated) and the pointers to read as SQL."""
    url: tuple[tuple[str, ...], ...] = ()
    content: tuple[tuple[str, ...], ...] = ()
