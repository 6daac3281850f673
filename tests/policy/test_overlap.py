import itertools
import re

from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_opa.facts.sql.nodes import OPERATIONS as FOUND
from mcp_opa.policy.operations import OPERATIONS, READING, UNDERSTOOD
from mcp_opa.policy.overlap import name_holds, names_meet, path_holds, paths_meet

_NAMES = ("a", "b", "ab", "c")
_PATHS = ["/".join(names) for count in (1, 2, 3, 4) for names in itertools.product(_NAMES, repeat=count)]
globs = st.lists(st.sampled_from(("a", "b", "*", "a*", "**")), min_size=1, max_size=3).map("/".join)


def covered(glob: str) -> set[str]:
    """The paths that a glob covers, by a slow reading of what globs mean."""
    parts = ["(?:/[^/]+)*" if part == "**" else "/" + part.replace("*", "[^/]*") for part in glob.split("/")]
    return {path for path in _PATHS if re.fullmatch("".join(parts), f"/{path}")}


@settings(max_examples=200, deadline=None)
@given(globs, globs)
def test_globs_meet_where_some_path_is_covered_by_both(one: str, other: str) -> None:
    assert paths_meet(one, other) == bool(covered(one) & covered(other))


@settings(max_examples=200, deadline=None)
@given(globs, globs)
def test_a_glob_that_is_said_to_hold_another_does(one: str, other: str) -> None:
    assert not path_holds(one, other) or covered(other) <= covered(one)


def test_names_with_and_without_servers() -> None:
    pairs = [
        ("files/*", "read_file"),
        ("*", "files/x"),
        ("x", "files/x"),
        ("files/x", "x"),
        ("git_*", "*_log"),
        ("a", "b"),
    ]
    assert [(names_meet(*pair), name_holds(*pair)) for pair in pairs] == [
        (True, False),
        (True, True),
        (True, True),
        (True, False),
        (True, False),
        (False, False),
    ]


def test_the_operations_of_statements_are_those_that_a_policy_may_name() -> None:
    assert set(FOUND.values()) == UNDERSTOOD
    assert OPERATIONS >= UNDERSTOOD | READING
