import pytest

from mcp_opa.policy import PolicyError, convert
from mcp_opa.policy.reader import MAX_BYTES, MAX_DEPTH, read


def said(text: bytes | str) -> list[str]:
    """What is wrong with a document, as `line:column path: message`."""
    with pytest.raises(PolicyError) as caught:
        convert(text, "p.yaml")
    return [f"{p.line}:{p.column} {p.path}: {p.message}" for p in caught.value.problems]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (b"", "1:1 : the file is empty"),
        (b"# only a comment\n", "1:1 : the file is empty"),
        (b"~", "1:1 : the file is empty"),
        (b"--- null\n", "1:1 : the file is empty"),
        (b"a: \xff", "1:4 : byte 0xff is not UTF-8"),
        ("version: 1\n---\nversion: 1\n", "2:1 : a second document begins here"),
        ("contact: a\x00b", "1:11 : the character U+0000 can't stand here"),
        ("contact: !!str x", "1:10 contact: the tag `tag:yaml.org,2002:str` isn't read"),
        ("contact: !x y", "1:10 contact: the tag `!x` isn't read"),
        ("<<: {version: 1}", "1:1 : merging with `<<` isn't read"),
        ("? [a]\n: b", "1:3 : a list or a mapping is no text, and keys are texts"),
        ("1: b", "1:1 : `1` is no text, and keys are texts"),
        ("contact: *x", "1:10 contact: `*x` refers to an anchor that isn't defined above"),
        ("global_deny_list: &x [*x]", "1:23 global_deny_list[0]: `*x` stands inside what it refers to"),
        ("contact: ''\ncontact: ''", "2:1 contact: this key stands twice, first on line 1"),
        (
            "global_deny_list: [no]",
            "1:20 global_deny_list[0]: some readers of YAML take `no` for false, others for a text",
        ),
        ("contact: 22:22", "1:10 contact: some readers of YAML take `22:22` for a number to the base of 60"),
        ("contact: 2027-01-31", "1:10 contact: some readers of YAML take `2027-01-31` for a date, others for a text"),
        ("version: 01", "1:10 version: readers of YAML take the number `01` differently"),
        ("version: 0x1", "1:10 version: readers of YAML take the number `0x1` differently"),
        ("version: 1_0", "1:10 version: readers of YAML take the number `1_0` differently"),
        ("version: .inf", "1:10 version: `.inf` is a number that JSON doesn't have"),
        ("version: " + "9" * 5000, "1:10 version: a number of 5000 digits is out of range"),
        ("- a", "1:1 : a policy is a mapping, and this is a list"),
        ("just text", "1:1 : a policy is a mapping, and this is a text"),
        ("5", "1:1 : a policy is a mapping, and this is the number 5"),
    ],
)
def test_what_readers_of_yaml_could_take_differently_is_an_error(text: bytes | str, problem: str) -> None:
    assert said(text) == [problem]


def test_a_tab_is_named_where_yaml_wants_spaces() -> None:
    problems = read("actors:\n\t- id: a\n", "p.yaml")[1]
    assert [(p.line, p.mend) for p in problems] == [(2, "indent with spaces")]


def test_an_unquoted_pattern_is_told_from_an_alias() -> None:
    problems = read("denied_paths: [**/.env]", "p.yaml")[1]
    assert [(p.line, p.column, p.mend) for p in problems] == [
        (1, 17, 'a text that begins with `*` must be quoted, as in "**/.env"')
    ]


def test_plain_anchors_are_read_where_they_are_used() -> None:
    root, problems = read("a: &x [1, {b: text}]\nc: *x\n", "p.yaml")
    assert problems == []
    assert root is not None
    assert root.value == {"a": [1, {"b": "text"}], "c": [1, {"b": "text"}]}


def test_exploding_anchors_are_stopped_before_they_explode() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, 12)]
    root, problems = read("\n".join(lines), "p.yaml")
    assert root is None
    assert [(p.path, p.message) for p in problems] == [
        ("a5", "more than 1000000 values, each `*anchor` counted in full")
    ]


@pytest.mark.parametrize("text", ["[" * 100_000, "{a: " * 100_000, "- " * 50_000, "a: " + "[" * 60 + "]" * 60])
def test_nesting_without_end_is_an_error(text: str) -> None:
    root, problems = read(text, "p.yaml")
    assert (root, len(problems)) == (None, 1)


def test_depth_by_anchors_counts_too() -> None:
    text = "a0: &a0 [x]\n" + "\n".join(f"a{i}: &a{i} [[[[*a{i - 1}]]]]" for i in range(1, 20))
    problems = read(text, "p.yaml")[1]
    assert [p.message for p in problems] == [f"with `*a11` the document is nested deeper than {MAX_DEPTH} levels"]


def test_a_huge_file_is_not_parsed() -> None:
    assert said(b"#" * (MAX_BYTES + 1)) == [f"1:1 : the file has {MAX_BYTES + 1} bytes, at most {MAX_BYTES} are read"]


def test_a_byte_order_mark_is_no_text() -> None:
    assert convert(b"\xef\xbb\xbfversion: 1\n").document == convert(b"version: 1\n").document


def test_values_on_which_all_readers_agree_are_read() -> None:
    root, problems = read(
        "[true, False, 12, -3, 1.5, 'no', \"1\", ~, null, y, 1.2.3, a:b, 10.0.0.1, '2027-01-31']", "p"
    )
    assert problems == []
    assert root is not None
    assert root.value == [
        True,
        False,
        12,
        -3,
        1.5,
        "no",
        "1",
        None,
        None,
        "y",
        "1.2.3",
        "a:b",
        "10.0.0.1",
        "2027-01-31",
    ]
