"""Who may do what, as rows."""

from mcp_opa.policy import convert
from mcp_opa.policy.matrix import Row, rows

POLICY = """\
groups:
  - id: writers
    allowed_tools: [write_file, "save_*"]
    constraints:
      write_file: {allowed_paths: ["drafts/**"], timeout_seconds: 5}
actors:
  - id: agent
    groups: [writers]
    allowed_tools:
      - read_file
      - box/write_note
      - "get_*"
      - put_note
    constraints:
      read_file: {allowed_paths: ["docs/**"], denied_paths: ["**/.env"]}
      put_note: {scope: any}
"""


def test_every_grant_of_an_actor_is_a_row_with_its_scope_in_words() -> None:
    found = rows(convert(POLICY).data)
    assert [(row.actor, row.via, row.tool, row.access, row.line) for row in found] == [
        ("agent", "", "read_file", "read", 10),
        ("agent", "", "box/write_note", "write", 11),
        ("agent", "", "get_*", "by the tool's name", 12),
        ("agent", "", "put_note", "write", 13),
        ("agent", "writers", "save_*", "by the tool's name", 3),
        ("agent", "writers", "write_file", "write", 3),
    ]
    assert [row.scope for row in found] == [
        "allowed_paths: docs/**; denied_paths: **/.env",
        "nothing to write: no scope",
        "anything to read, nothing to write",
        "anything",
        "anything to read, nothing to write",
        "allowed_paths: drafts/**; timeout_seconds: 5",
    ]


def test_an_actor_without_grants_has_no_row() -> None:
    assert rows(convert("actors: [{id: a}]").data) == ()


def test_a_row_is_one_value() -> None:
    assert rows(convert("actors: [{id: a, allowed_tools: [get_it]}]").data) == (
        Row("a", "", "get_it", "read", "anything", 1),
    )
