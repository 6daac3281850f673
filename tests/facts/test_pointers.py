"""Pointers reach what the policy means by them, whatever JSON a call holds."""

from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_opa.facts import pointers
from mcp_opa.facts.pointers import find
from mcp_opa.model import Json

EDITS = {"edits": [{"newText": "a"}, {"oldText": "b"}, {"newText": "c"}], "path": "x"}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from("a*~/0"), children, max_size=3),
    max_leaves=12,
)


def test_an_absent_member_reaches_nothing() -> None:
    assert find({}, ("path",)) == []
    assert find({"path": {}}, ("path", "to")) == []


def test_what_is_no_object_has_no_members() -> None:
    for value in (None, True, 1, "path", ["path"]):
        assert find(value, ("path",)) == []


def test_a_star_reaches_into_arrays_alone() -> None:
    for value in (None, 1, "ab", {}, {"*": "x"}, {"0": "x"}):
        assert find({"paths": value}, ("paths", "*")) == []


def test_a_number_does_not_reach_into_an_array() -> None:
    assert find({"paths": ["a"]}, ("paths", "0")) == []


def test_a_member_is_reached_by_its_name_whatever_its_value() -> None:
    assert find(EDITS, ("path",)) == [("/path", "x")]
    assert find({"path": None}, ("path",)) == [("/path", None)]


def test_a_star_reaches_each_element_and_passes_over_those_that_lack_the_rest() -> None:
    assert find(EDITS, ("edits", "*", "newText")) == [("/edits/0/newText", "a"), ("/edits/2/newText", "c")]
    assert find([["a"], ["b"]], ("*", "*")) == [("/0/0", "a"), ("/1/0", "b")]


def test_names_are_escaped_so_that_no_two_places_share_a_pointer() -> None:
    assert find({"a/b": {"~1": 1}}, ("a/b", "~1")) == [("/a~1b/~01", 1)]
    assert find({"": {"": 1}}, ("", "")) == [("//", 1)]


def test_no_segments_reach_the_arguments_themselves() -> None:
    assert find(EDITS, ()) == [("", EDITS)]


def test_a_huge_array_is_cut_short() -> None:
    found = find({"paths": ["a"] * (pointers.MAX_FOUND + 1)}, ("paths", "*"))
    assert (len(found), found[-1]) == (pointers.MAX_FOUND, (f"/paths/{pointers.MAX_FOUND - 1}", "a"))
    nested = [["a"] * 200] * 200
    assert len(find(nested, ("*", "*"))) == pointers.MAX_FOUND


@settings(max_examples=200)
@given(JSON, st.lists(st.sampled_from("a*~/0"), max_size=4))
def test_every_pointer_leads_back_to_its_value(value: Json, segments: list[str]) -> None:
    for pointer, found in find(value, segments):
        at = value
        for token in pointer.split("/")[1:]:
            at = at[int(token)] if isinstance(at, list) else at[token.replace("~1", "/").replace("~0", "~")]
        assert at is found
