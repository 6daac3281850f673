"""A key put into a file of keys, whatever the file looks like."""

from __future__ import annotations

import pytest

from mcp_opa.auth import AuthError
from mcp_opa.auth.key_file import Key, parse
from mcp_opa.auth.key_writing import moment, with_key
from mcp_opa.model import Subject

HASH = f"sha256:{'ab' * 32}"
OLD = f"sha256:{'01' * 32}"
OTHER = f"sha256:{'02' * 32}"
HEAD = (
    "# Who may call: actor, and hashes of its keys. `mcp-opa keys new ACTOR` adds one; taking a line out revokes it.\n"
)


def key(actor: str = "agent", *groups: str, expires: int | None = None) -> Key:
    return Key(bytes.fromhex("ab" * 32), Subject(actor, groups, "api_key"), expires)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", f"{HEAD}agent:\n  - {HASH}\n"),
        ("# our keys\n", f"# our keys\nagent:\n  - {HASH}\n"),
        (f"other: {OLD}", f"other: {OLD}\nagent:\n  - {HASH}\n"),
        (f"# ours\nother: {OLD}  # x\n# end\n", f"# ours\nother: {OLD}  # x\n# end\nagent:\n  - {HASH}\n"),
        (f"agent: {OLD}  # laptop\n", f"agent:\n  - {HASH}\n  - {OLD}  # laptop\n"),
        (f'"agent": "{OLD}"\nb: {OTHER}\n', f'"agent":\n  - {HASH}\n  - "{OLD}"\nb: {OTHER}\n'),
        (f"agent: {{key: {OLD}}}\n", f"agent:\n  - {HASH}\n  - {{key: {OLD}}}\n"),
        (f"agent:\n  - {OLD}\n  - {OTHER}\n", f"agent:\n  - {HASH}\n  - {OLD}\n  - {OTHER}\n"),
        (
            f"agent:\n# a\n-   key: {OLD}\n    groups: [g]\n",
            f"agent:\n# a\n-   {HASH}\n-   key: {OLD}\n    groups: [g]\n",
        ),
    ],
)
def test_a_key_is_added_and_all_else_stays(before: str, after: str) -> None:
    assert with_key(before.encode(), "k", key()).decode() == after


def test_what_is_said_of_a_key_is_written_with_it() -> None:
    made = with_key(b"", "k", key("agent", "ops", 'a"b', expires=moment("2027-01-31")), "2027-01-31")
    assert made.decode() == f'{HEAD}agent:\n  - {{key: {HASH}, expires: "2027-01-31", groups: ["ops", "a\\"b"]}}\n'
    assert parse(made, "k").keys == (key("agent", "ops", 'a"b', expires=1_801_353_600),)


@pytest.mark.parametrize(
    "actor", ["no", "null", "1", "1e5", "a: b", "- x", "#a", "*", "\u00e4gent", '"', "2027-01-31", "<<"]
)
def test_a_name_that_yaml_takes_otherwise_is_quoted(actor: str) -> None:
    assert parse(with_key(b"", "k", key(actor)), "k").keys == (key(actor),)


CANT = "k: a key can't be added there without touching the rest; write it as YAML, and the keys of agent as a list"


@pytest.mark.parametrize(
    ("before", "told"),
    [
        (f"agent: [{OLD}]\n", CANT),
        (f"agent:\n  key: {OLD}\n", CANT),
        (f"agent:\n  {OLD}\n", CANT),
        (
            f"agent:\n  - {HASH}\n",
            "k:3:5: this key stands on line 2 too\n    a key is of one actor: keep one of the two",
        ),
        ("agent: ''\n", "k:1:8: this is neither a key of visible ASCII characters nor a hash"),
        ("agent: a\nagent: b\n", "k:2:1: this key stands twice, first on line 1"),
        (b"\xff: a", "k:1:1: byte 0xff is not UTF-8"),
    ],
)
def test_a_file_that_a_key_does_not_fit_into_is_left_alone(before: str | bytes, told: str) -> None:
    with pytest.raises(AuthError) as caught:
        with_key(before if isinstance(before, bytes) else before.encode(), "k", key())
    assert str(caught.value).startswith(told)


def test_json_is_left_alone_too() -> None:
    with pytest.raises(AuthError):
        with_key(f'{{"other": "{OLD}"}}\n'.encode(), "k", key())


@pytest.mark.parametrize("expires", ["soon", "", "2027-13-01", "2027-01-31T10:00"])
def test_a_date_that_is_none_is_refused(expires: str) -> None:
    with pytest.raises(AuthError):
        moment(expires)


@pytest.mark.parametrize(("actor", "group"), [("", "g"), ("a ", "g"), ("a", ""), ("a", "g\n")])
def test_names_that_are_none_are_refused(actor: str, group: str) -> None:
    with pytest.raises(AuthError):
        with_key(b"", "k", key(actor, group))
