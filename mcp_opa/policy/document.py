"""The policy document as types: what may stand where, and what it says to an editor.

Guarantees: closed and frozen; a value of another type is an error, never converted. The published JSON Schema is made
from these classes and their docstrings. Doesn't know what lines mean beside each other (`meaning.py`), nor what they
become (`compiler.py`).
"""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, Strict

from mcp_opa.model import Json, Subject, ToolCall
from mcp_opa.policy import words
from mcp_opa.policy.fit import editor_schema
from mcp_opa.policy.words import fault

_List = Strict(strict=False)
"""Lists become tuples; their items stay strict."""


class _Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        use_attribute_docstrings=True,
        hide_input_in_errors=True,
        regex_engine="rust-regex",
    )


def _logged(value: Any) -> Any:  # noqa: ANN401  whatever the document holds
    if value is False:
        raise fault("every call is recorded before it runs, always", "write true, or take the line out")
    return value


def _first_version(value: Any) -> Any:  # noqa: ANN401  whatever the document holds
    if isinstance(value, int) and not isinstance(value, bool) and value != 1:
        raise fault(
            f"version {value} of the format isn't known here", "write 1, or use the release of mcp-opa that knows it"
        )
    return value


class ErrorHandling(_Part):
    """What happens when a call can't be decided: it is refused, and this says so."""

    on_validation_error: words.Denial = "DENY"
    """Arguments that don't fit the schema: DENY, the only choice."""
    on_policy_error: words.Denial = "DENY"
    """A policy that can't be evaluated: DENY, the only choice."""
    on_timeout: words.Denial = "DENY"
    """An answer that comes too late: DENY, the only choice."""


class Audit(_Part):
    """What is written down, and who is told."""

    log_all_requests: Annotated[bool, BeforeValidator(_logged), Field(json_schema_extra={"const": True})] = True
    """Every decision is recorded before the call runs: true, the only choice."""
    alert_on_deny: bool = False
    """Send an alert for each refused call."""


class RateLimit(_Part):
    """How often a tool may be called."""

    max_calls_per_minute: words.Number
    """Calls in any minute, counted for each actor, server and tool."""


class Constraints(_Part):
    """What a grant of one tool holds to. All that is stated must hold."""

    access: words.Access | None = None
    """Whether the tool reads or writes. Not stated: the verbs in its name say it; in doubt it writes."""
    scope: words.Scope | None = None
    """`any`: this write needs no allowed paths, tables, operations or hosts."""
    roots: Annotated[tuple[words.Root, ...], _List] | None = None
    """Absolute folders that paths must lie in; the path patterns are then relative to the root."""
    allowed_paths: Annotated[tuple[str, ...], _List] | None = None
    """Globs of the paths that are allowed: `*` within a segment, `**` across segments."""
    denied_paths: Annotated[tuple[str, ...], _List] | None = None
    """Globs of the paths that are refused, whatever is allowed; letter case is ignored."""
    path_arguments: Annotated[tuple[words.Pointer, ...], _List, Field(min_length=1)] | None = None
    """The arguments that are paths: names, or JSON pointers with `*` for each element. Each must be there."""
    allowed_extensions: Annotated[tuple[words.Extension, ...], _List] | None = None
    """File extensions that are allowed, with their dot; only writes have this."""
    denied_extensions: Annotated[tuple[words.Extension, ...], _List] | None = None
    """File extensions that are refused, with their dot; letter case is ignored."""
    max_file_size: words.Number | None = None
    """Bytes of UTF-8 that the content arguments may have together; only writes have this."""
    content_arguments: Annotated[tuple[words.Pointer, ...], _List, Field(min_length=1)] | None = None
    """The arguments that `max_file_size` measures."""
    sql_dialect: words.Dialect | None = None
    """The database's dialect. Not stated: a statement must mean the same in all five."""
    allowed_operations: Annotated[tuple[words.Operation, ...], _List] | None = None
    """SQL operations that are allowed. Not stated: SELECT; for writes INSERT, UPDATE, DELETE and MERGE too."""
    allowed_tables: Annotated[tuple[words.Table, ...], _List] | None = None
    """Tables that are allowed, as statements write them, schema included."""
    denied_tables: Annotated[tuple[words.DeniedTable, ...], _List] | None = None
    """Last parts of tables' names that are refused; letter case is ignored."""
    allowed_functions: Annotated[tuple[words.Function, ...], _List] | None = None
    """SQL functions that are allowed beside those known to be free of side effects."""
    max_rows: words.Number | None = None
    """Rows that a statement may give at most; it must prove that itself, by LIMIT or the like."""
    limit_argument: words.Limit | None = None
    """The argument that limits the rows, if the tool has one."""
    sql_arguments: Annotated[tuple[words.Pointer, ...], _List, Field(min_length=1)] | None = None
    """The arguments that are SQL. Each must be there."""
    allowed_hosts: Annotated[tuple[words.Host, ...], _List] | None = None
    """Hosts that URLs may name: `api.example.com`, `*.example.com` (one label), `**.example.com` (it and all below)."""
    allowed_schemes: Annotated[tuple[words.Scheme, ...], _List] | None = None
    """Schemes that URLs may have. Not stated: http and https."""
    url_arguments: Annotated[tuple[words.Pointer, ...], _List, Field(min_length=1)] | None = None
    """The arguments that are URLs. Each must be there."""
    plain_arguments: Annotated[tuple[words.Pointer, ...], _List] | None = None
    """Arguments without shell metacharacters, control characters or a leading `-`."""
    timeout_seconds: words.Number | None = None
    """Seconds after which the call is given up."""


class Holder(_Part):
    """What grants something: an actor or a group."""

    id: words.Id
    """The name; unique among its kind."""
    allowed_tools: Annotated[tuple[words.Entry, ...], _List] = ()
    """Tools that may be called: `tool` (on any server), `server_id/tool`, `*` on either side."""
    constraints: dict[str, Constraints] = Field(default_factory=dict)
    """What each grant holds to, keyed as the tool is spelled in `allowed_tools`."""
    resources: Annotated[tuple[words.Resource, ...], _List] = ()
    """Globs of the URIs of resources that may be read. None stated: none may."""
    prompts: Annotated[tuple[words.Entry, ...], _List] = ()
    """Prompts that may be used. None stated: none may."""


class Group(Holder):
    """Grants that several actors share. A group only grants: its constraints bind its own grants alone."""


class Actor(Holder):
    """One caller, as the authenticator names it, and what it may do."""

    groups: Annotated[tuple[words.Id, ...], _List] = ()
    """Groups of this document that the actor is in; the authenticator may name more."""
    expires: words.Expiry | None = None
    """From this moment every call is refused: a date (from 00:00 UTC), or a time with its offset."""


class Case(_Part):
    """One test of the policy: a call, and what must come of it."""

    id: words.Id
    """The test's name; unique."""
    actor: str
    """Who calls."""
    tool: str
    """The tool; for another method the resource's URI or the prompt's name."""
    arguments: Any = Field(default_factory=dict)
    """The call's arguments."""
    server_id: str | None = None
    """The server that is called; not stated, the call names none."""
    groups: Annotated[tuple[str, ...], _List] = ()
    """Groups that the authenticator names."""
    method: str = "tools/call"
    """The MCP method."""
    input_schema: dict[str, Any] | None = Field(default=None, alias="schema")
    """The tool's input schema, as its server gives it."""
    expect: words.Expectation
    """What must come of it: allow or deny."""
    reason: Annotated[str, Field(json_schema_extra={"examples": ["read_only.path_denied"]})] | None = None
    """A code that must be among the reasons."""

    @property
    def call(self) -> ToolCall:
        """The call that is tested."""
        return ToolCall(
            Subject(self.actor, self.groups), self.tool, self.arguments, self.method, self.server_id, self.input_schema
        )


class Document(_Part):
    """A policy for MCP tool calls: whatever no actor is granted is refused."""

    version: Annotated[int, BeforeValidator(_first_version), Field(json_schema_extra={"const": 1})] = 1
    """The version of this format."""
    default_action: words.DefaultAction = "DENY"
    """What happens to a call that nothing grants. LOG_AND_ALLOW: it runs and is marked, for a monitored roll-out."""
    contact: words.Contact = ""
    """Whom a refused client may ask; it is shown to the client."""
    global_deny_list: Annotated[tuple[words.Entry, ...], _List] = ()
    """Tools that nobody may call, whatever is granted; letter case is ignored."""
    error_handling: ErrorHandling = ErrorHandling()
    """What happens when a call can't be decided."""
    audit: Audit = Audit()
    """What is written down of each call, and whether somebody is told."""
    rate_limits: dict[words.Entry, RateLimit] = Field(default_factory=dict)
    """How often tools may be called, keyed by tool; every entry that matches applies."""
    groups: Annotated[tuple[Group, ...], _List] = ()
    """Grants that several actors share."""
    actors: Annotated[tuple[Actor, ...], _List] = ()
    """Who may do what. An actor that isn't named here is refused."""
    schemas: dict[words.Entry, dict[str, Any]] = Field(default_factory=dict)
    """JSON Schemas that arguments must fit, keyed by tool."""
    tests: Annotated[tuple[Case, ...], _List] = ()
    """Calls, and what must come of them: `mcp-opa test` runs them."""


def schema() -> Json:
    """The JSON Schema of the document, for editors."""
    return editor_schema(Document, "mcp-opa policy")
