from pathlib import Path

import pytest

from mcp_opa.policy import PolicyError, Problem, convert

GOLDEN = Path(__file__).parent / "golden"


def problems(text: str) -> list[tuple[str, str, str]]:
    """Path, message and mend of everything that is wrong with a policy."""
    with pytest.raises(PolicyError) as caught:
        convert(text, "p.yaml")
    return [(p.path, p.message, p.mend) for p in caught.value.problems]


def test_everything_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(PolicyError) as caught:
        convert((GOLDEN / "many-problems.yaml").read_bytes(), "policy.yaml")
    assert str(caught.value) + "\n" == (GOLDEN / "many-problems.txt").read_text()


def test_a_problem_has_its_place_and_its_mend() -> None:
    with pytest.raises(PolicyError) as caught:
        convert("actors:\n  - id: a\n    constraints: {x: {allowed_path: []}}\n", "p.yaml")
    assert caught.value.problems == (
        Problem(
            *("p.yaml", 3, 19, "actors[0].constraints.x", "allowed_tools has no such entry"),
            "put `x` into allowed_tools, spelled alike, or take it out here",
        ),
        Problem(
            *("p.yaml", 3, 23, "actors[0].constraints.x.allowed_path", "this key isn't known here"),
            "did you mean `allowed_paths`?",
        ),
    )


@pytest.mark.parametrize(
    ("text", "path", "message"),
    [
        ("version: true", "version", "this is true, and a whole number belongs here"),
        ("version: '1'", "version", "this is a text, and a whole number belongs here"),
        ("default_action: deny", "default_action", '"deny" isn\'t one of DENY, LOG_AND_ALLOW'),
        ("default_action: true", "default_action", "this isn't one of DENY, LOG_AND_ALLOW"),
        (
            "audit: {log_all_requests: 1}",
            "audit.log_all_requests",
            "this is the number 1, and true or false belongs here",
        ),
        ("actors: {}", "actors", "this is a mapping, and a list belongs here"),
        ("actors: [a]", "actors[0]", "this is a text, and a mapping belongs here"),
        ("actors: [{id: ''}]", "actors[0].id", '"": an id isn\'t empty'),
        ("contact: |\n  a\n  b\n", "contact", '"a\\nb\\n": a contact is one line of at most 256 characters'),
    ],
)
def test_a_wrong_value_says_what_belongs_there(text: str, path: str, message: str) -> None:
    assert [(p, m) for p, m, _ in problems(text)] == [(path, message)]


@pytest.mark.parametrize(
    ("expires", "message"),
    [
        ("2027-02-30", '"2027-02-30" isn\'t in the calendar'),
        ("2027-1-1", '"2027-1-1" is no date'),
        ("soon", '"soon" is no date'),
        ("2027-01-31T10:00", '"2027-01-31T10:00" could be any time zone\'s'),
        ("2027-01-31T25:00:00Z", '"2027-01-31T25:00:00Z" isn\'t in the calendar'),
        ("0001-01-01T00:00+23:59", None),
        ("1800000000", "this is no date"),
    ],
)
def test_an_expiry_that_can_be_read_in_two_ways_is_an_error(expires: str, message: str | None) -> None:
    text = f"actors: [{{id: a, expires: {expires}}}]"
    if message is None:
        assert convert(text).document.actors[0].expires == -62135683140
    else:
        assert [(p, m) for p, m, _ in problems(text)] == [("actors[0].expires", message)]


@pytest.mark.parametrize(
    ("expires", "seconds"),
    [
        ("2027-01-31", 1801353600),
        ("'2027-01-31'", 1801353600),
        ("2027-01-31T00:00:00Z", 1801353600),
        ("2027-01-31 01:00:00+01:00", 1801353600),
        ("2027-01-31T00:00:00.9Z", 1801353600),
    ],
)
def test_an_expiry_is_seconds_since_1970(expires: str, seconds: int) -> None:
    assert convert(f"actors: [{{id: a, expires: {expires}}}]").data["actors"]["a"]["expires"] == seconds


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("{}", "this schema constrains nothing, and so every call would be refused"),
        ("{title: x}", "this schema constrains nothing, and so every call would be refused"),
        ("{type: array}", "arguments are an object, and this schema wants something else"),
        (
            '{$schema: "http://json-schema.org/draft-04/schema#", type: object}',
            "the dialect http://json-schema.org/draft-04/schema# isn't read",
        ),
        (
            "{$ref: 'file:///etc/passwd'}",
            "this is no JSON Schema: Resource 'file:///etc/passwd' is not present in a registry",
        ),
        ("{$ref: '#/nope'}", "this is no JSON Schema: Pointer '/nope' does not exist"),
        (
            '{type: object, properties: {a: {pattern: "("}}}',
            'this is no JSON Schema: /properties/a/pattern: "(" is not a "regex"',
        ),
        ("{type: object, required: [" + "x, " * 50_000 + "]}", "a schema has at most 131072 bytes"),
    ],
)
def test_a_schema_by_which_nothing_can_be_judged_is_an_error(schema: str, message: str) -> None:
    text = f"actors: [{{id: a, allowed_tools: [x]}}]\nschemas: {{x: {schema}}}"
    assert [(p, m) for p, m, _ in problems(text)] == [("schemas.x", message)]


def test_keys_of_constraints_are_spelled_as_in_allowed_tools() -> None:
    text = "actors: [{id: a, allowed_tools: [files/read_file], constraints: {read_file: {access: read}}}]"
    assert problems(text) == [
        (
            "actors[0].constraints.read_file",
            "allowed_tools has no such entry",
            "did you mean `files/read_file`?",
        )
    ]


def test_what_is_known_elsewhere_is_sent_there() -> None:
    assert problems("log_all_requests: true\nallowed_paths: []") == [
        ("log_all_requests", "this key isn't known here", "`log_all_requests` belongs under `audit`"),
        (
            "allowed_paths",
            "this key isn't known here",
            "`allowed_paths` belongs under a tool's name in `constraints`",
        ),
    ]


def test_a_wrong_entry_does_not_make_its_constraints_wrong_too() -> None:
    text = "actors: [{id: a, allowed_tools: ['a b'], constraints: {'a b': {max_rows: 1}}}]"
    assert [path for path, _, _ in problems(text)] == ["actors[0].allowed_tools[0]"]


@pytest.mark.parametrize(
    ("constraint", "value", "mend"),
    [
        ("path_arguments", "''", "write a name, or a pointer like `/edits/*/newText`"),
        ("path_arguments", '"a\\u200bb"', "write a name, or a pointer like `/edits/*/newText`"),
        ("path_arguments", "/a/~2", "escape it"),
        ("path_arguments", "'edits[0]'", "write `path`, or `/edits/*/newText`"),
        ("path_arguments", "/a/b/c/d/e/f/g/h/i", "name something less deep"),
        ("path_arguments", "edits.*.x", "write `/edits/*/newText`"),
        ("path_arguments", "/*/x", "begin with an argument's name"),
        ("allowed_extensions", "'*.md'", "write `.md`"),
        ("allowed_extensions", "'.m d'", "write each in full, as `.md`"),
        ("roots", "/srv/*", "write each root, and patterns under `allowed_paths`"),
        ("roots", "srv", "write it from `/` on, as `/srv/data`"),
        ("allowed_functions", "pg_catalog.now", "write `now`"),
        ("allowed_functions", "now()", "write `now`"),
        ("allowed_tables", "'\"Users\"'", "write `users`, or `public.users` with its schema"),
        ("allowed_tables", "a..b", "write `users`, or `public.users` with its schema"),
        ("denied_tables", "'*'", "write `users`, or `public.users` with its schema"),
        ("allowed_schemes", "'https:'", "write `https`"),
        ("allowed_operations", "SELECTS", "did you mean `SELECT`?"),
        ("allowed_operations", "5", 'put it in quotes: "5"'),
    ],
)
def test_a_wrong_entry_says_what_to_write(constraint: str, value: str, mend: str) -> None:
    text = f"actors: [{{id: a, allowed_tools: [x], constraints: {{x: {{{constraint}: [{value}]}}}}}}]"
    assert [(path, told) for path, _, told in problems(text)] == [(f"actors[0].constraints.x.{constraint}[0]", mend)]


@pytest.mark.parametrize("text", ["' a'", '"a\\nb"', '"\\u202e"', "a" * 257])
def test_an_id_is_plain(text: str) -> None:
    assert [path for path, _, _ in problems(f"actors: [{{id: {text}}}]")] == ["actors[0].id"]


def test_a_text_that_is_no_unicode_is_an_error() -> None:
    assert problems("contact: \ud800") == [("", "the text holds a lone surrogate", "save the file as UTF-8")]
