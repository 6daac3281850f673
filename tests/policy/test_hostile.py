"""Whatever the bytes: a policy, or a `PolicyError` with a place and a mend for each problem."""

import itertools
import json
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_opa.contract import canonical
from mcp_opa.policy import PolicyError, convert

KIT = sorted((Path(__file__).parents[1] / "fixtures" / "kit").glob("*.yaml"))
VALUES = (
    *(
        "null",
        "true",
        "0",
        "-1",
        "1.5",
        "999999999999999",
        "''",
        "' '",
        "a",
        "'*'",
        "'**'",
        "[]",
        "[[]]",
        "[null]",
        "{}",
    ),
    *(
        "{a: b}",
        "[1, a, {}]",
        "no",
        "2027-01-31",
        '"\\0"',
        '"\\ud800"',
        '"\\u202e"',
        "'../x'",
        "'a/b/c'",
        "~",
        "!!str x",
    ),
    *("&a [*a]", "'\U0001f600'", "'" + "x" * 5000 + "'", "[" * 30 + "]" * 30),
)
KEYS = (
    *("version", "default_action", "contact", "global_deny_list", "error_handling", "audit", "rate_limits", "groups"),
    *("actors", "schemas", "tests", "unknown", "<<", "1", "''"),
)
CONSTRAINTS = (
    *("access", "scope", "roots", "allowed_paths", "denied_paths", "path_arguments", "allowed_extensions"),
    *("denied_extensions", "max_file_size", "content_arguments", "sql_dialect", "allowed_operations", "allowed_tables"),
    *("denied_tables", "allowed_functions", "max_rows", "limit_argument", "sql_arguments", "allowed_hosts"),
    *("allowed_schemes", "url_arguments", "plain_arguments", "timeout_seconds", "unknown"),
)


def survives(text: bytes | str) -> None:
    """Converts to canonical data, or says what is wrong and how to mend it."""
    try:
        policy = convert(text, "p.yaml")
    except PolicyError as error:
        problems = error.problems
    else:
        assert json.loads(canonical(policy.data)) == policy.data
        problems = policy.warnings
    assert all(p.line >= 1 and p.column >= 1 and p.message and p.mend for p in problems)
    assert all("\n" not in p.message + p.mend + p.path for p in problems)


@pytest.mark.parametrize("key", KEYS)
def test_any_value_under_any_key(key: str) -> None:
    for value in VALUES:
        survives(f"{key}: {value}")


@pytest.mark.parametrize("key", CONSTRAINTS)
def test_any_value_of_any_constraint(key: str) -> None:
    for value, listed in itertools.product(VALUES, (False, True)):
        shown = f"[{value}]" if listed else value
        survives(f"actors: [{{id: a, allowed_tools: [move_file], constraints: {{move_file: {{{key}: {shown}}}}}}}]")


@pytest.mark.parametrize("key", ["id", "groups", "expires", "allowed_tools", "constraints", "resources", "prompts"])
def test_any_value_in_an_actor(key: str) -> None:
    for value, listed in itertools.product(VALUES, (False, True)):
        survives(f"actors: [{{id: a, {key}: {f'[{value}]' if listed else value}}}]")
        survives(f"groups: [{{id: a, {key}: {f'[{value}]' if listed else value}}}]")


@pytest.mark.parametrize("path", KIT, ids=lambda path: path.stem)
def test_the_kit_with_a_few_bytes_changed(path: Path) -> None:
    chance = random.Random(7)  # noqa: S311  the same changes each time
    original = path.read_bytes()
    for _ in range(300):
        text = bytearray(original)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(text))
            text[at : at + chance.randint(0, 2)] = bytes(
                chance.choices(b"\x00\t\n []{}:,-&*!|>'\"%@`#?\xff\xc3a0", k=1)
            )
        survives(bytes(text))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    survives(raw)


_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=8)
    | st.sampled_from(KEYS + CONSTRAINTS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS + CONSTRAINTS) | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), _JSON, max_size=4))
def test_any_json(document: dict[str, object]) -> None:
    survives(json.dumps(document))
