"""The policies and calls that are measured."""

from __future__ import annotations

from mcp_opa import bundle, policy, shipped
from mcp_opa.model import Json, Subject, ToolCall

ACTOR = "assistant-service"
OTHER = "other-service"
"""An actor as the kit's read-only example has it: where there are many, the others are like it."""
ALLOWED = ("data/public/**", "docs/**", "**/*.md", "README")
DENIED = ("**/.env", "**/*.key", "**/secrets/**", "docs/internal/**", "**/id_rsa*", "config/local")
"""Ten globs of the kinds that the kit and other policies have; then more of each kind."""
MORE_ALLOWED = ("team{}/public/**", "area{}/docs/**", "**/*.x{}", "README{}")
MORE_DENIED = ("**/.env{}", "**/*.key{}", "**/secrets{}/**", "docs/internal{}/**", "**/id{}_rsa*", "config/local{}")

_POLICY = """
default_action: DENY
actors:
  - id: {actor}
    allowed_tools: [read_file, query_database, fetch]
    constraints:
      read_file: {{access: read, allowed_paths: {allowed}, denied_paths: {denied}}}
      query_database: {{access: read, sql_dialect: postgres, allowed_operations: [SELECT], max_rows: 1000}}
      fetch: {{access: read, allowed_hosts: ["**.example.com"]}}
  - id: {other}
    allowed_tools: [read_file, query_database]
    constraints:
      read_file:
        allowed_paths: ["data/public/**", "docs/**"]
        denied_paths: ["**/.env", "**/*.key"]
      query_database: {{allowed_operations: [SELECT], max_rows: 1000, timeout_seconds: 30}}
  - id: third-service
    allowed_tools: [list_files]
"""


def many(globs: tuple[str, ...], more: tuple[str, ...], count: int) -> list[str]:
    """`count` globs: the first ones, then others of the same kinds."""
    return [*globs, *(more[n % len(more)].format(n) for n in range(count - len(globs)))]


def text(globs: int = 10) -> str:
    """The policy as people write it: `globs` on read_file's path, four of ten of them allowed."""
    allowed = many(ALLOWED, MORE_ALLOWED, globs * 4 // 10)
    denied = many(DENIED, MORE_DENIED, globs - len(allowed))
    return _POLICY.format(actor=ACTOR, other=OTHER, allowed=allowed, denied=denied)


def data(globs: int = 10, actors: int = 3) -> dict[str, Json]:
    """The same as sealed policy data, with so many actors."""
    converted = policy.convert(text(globs)).data
    known = converted["actors"]
    more = {f"service-{n}": known[OTHER] for n in range(actors - len(known))}
    return bundle.seal({**converted, "actors": {**known, **more}}, shipped.rego_digest())


def call(tool: str, arguments: Json, schema: Json | None = None) -> ToolCall:
    """A call of the measured actor, on a server that is named."""
    return ToolCall(Subject(ACTOR, auth_method="api_key"), tool, arguments, server_id="files", schema=schema)


SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema#",
    "type": "object",
    "properties": {"path": {"type": "string"}, "tail": {"type": "number"}, "head": {"type": "number"}},
    "required": ["path"],
    "additionalProperties": False,
}
"""As the filesystem server publishes it for read_text_file."""

READ = call("read_file", {"path": "docs/guides/install.md"})
CALLS = {
    "read_file": (READ, "ALLOW"),
    "read_file, schema checked": (call("read_file", READ.arguments, SCHEMA), "ALLOW"),
    "read_file, denied": (call("read_file", {"path": "docs/secrets/token"}), "DENY"),
    "query_database": (
        call("query_database", {"query": "SELECT id, name FROM users WHERE active LIMIT 10"}),
        "ALLOW",
    ),
    "fetch": (call("fetch", {"url": "https://api.example.com/v1/items?page=2"}), "ALLOW"),
}
"""Calls, and what the policy says to each."""
