"""Each piece of advice, where it is due and where it is not."""

from pathlib import Path

import pytest

from mcp_opa.policy import convert

KIT = Path(__file__).parents[1] / "fixtures" / "kit"
PINNED = "only arguments of the usual names are judged: one of another name would not be"


def advice(text: str) -> list[tuple[str, str]]:
    """Path and message of each warning, less the one on arguments that nothing names."""
    return [(w.path, w.message) for w in convert(text, "p.yaml").warnings if w.message != PINNED]


def of_grant(entry: str, held: str = "", more: str = "") -> list[tuple[str, str]]:
    """The warnings on one grant; paths from the actor on."""
    said = advice(f"actors: [{{id: a, allowed_tools: ['{entry}'], constraints: {{'{entry}': {{{held}}}}}}}]\n{more}")
    return [(path.removeprefix("actors[0].").removeprefix(f"constraints.{entry}."), message) for path, message in said]


def test_the_kit_is_told_what_a_reviewer_would_say() -> None:
    said = {
        name: [str(w).split("\n")[0].split(": ", 1)[1] for w in convert((KIT / f"{name}.yaml").read_bytes()).warnings]
        for name in ("read-only", "scoped-write", "deny-by-default")
    }
    assert said == {
        "read-only": [
            f"actors[0].constraints.read_file: {PINNED}",
            f"actors[0].constraints.query_database: {PINNED}",
        ],
        "scoped-write": [
            (
                "actors[0].allowed_tools[0]: `read_file` speaks of files and has no constraint on them:"
                " it reads whatever its server can"
            ),
            f"actors[0].constraints.write_file: {PINNED}",
            (
                'actors[0].constraints.write_file.denied_paths[0]: "content/published/**" denies what no allowed path'
                " covers: it does nothing"
            ),
            (
                'actors[0].constraints.write_file.denied_paths[1]: "config/**" denies what no allowed path'
                " covers: it does nothing"
            ),
        ],
        "deny-by-default": [f"actors[0].constraints.read_file: {PINNED}"],
    }


@pytest.mark.parametrize(
    ("entry", "held", "path", "message"),
    [
        ("get_x", "allowed_paths: []", "allowed_paths", "an empty list allows nothing, so this grant permits no call"),
        (
            *("write_*", "access: read", "allowed_tools[0]"),
            "a pattern with `access: read` reaches no tool whose name says `write`: this grant permits no call",
        ),
        (
            *("get_x", "allowed_paths: ['a/b/**'], denied_paths: ['A/**']", "allowed_paths[0]"),
            '"a/b/**" is allowed, and all of it denied by "A/**"',
        ),
        (
            *("get_x", "allowed_paths: ['a/**'], denied_paths: ['b/**']", "denied_paths[0]"),
            '"b/**" denies what no allowed path covers: it does nothing',
        ),
        (
            *("get_x", "allowed_extensions: [.md], denied_extensions: [.MD], scope: any", "denied_extensions[0]"),
            '".MD" is allowed and denied: nobody can use it',
        ),
        (
            *("get_x", "allowed_tables: [a.t], denied_tables: [T]", "denied_tables[0]"),
            '"T" is allowed and denied: nobody can use it',
        ),
        ("save_x", "", "allowed_tools[0]", "`save_x` writes, and without a scope every call is refused"),
        (
            *("frobnicate", "", "allowed_tools[0]"),
            "nothing says whether `frobnicate` reads or writes: it counts as a write, and has no scope",
        ),
        (
            *("get_x", "allowed_paths: ['/data*']", "allowed_paths[0]"),
            '"/data*" covers every name that begins with `data`, and nothing inside such a folder',
        ),
        (
            *("get_x", "allowed_paths: [/srv/data]", "allowed_paths[0]"),
            '"/srv/data" covers that one path, and nothing inside it',
        ),
        (
            "get_x",
            "denied_paths: ['**/.ssh']",
            "denied_paths[0]",
            '"**/.ssh" covers that one path, and nothing inside it',
        ),
        ("get_x", "denied_paths: ['*.key']", "denied_paths[0]", '"*.key" denies in the topmost folder alone'),
        (
            *("read_file", "", "allowed_tools[0]"),
            "`read_file` speaks of files and has no constraint on them: it reads whatever its server can",
        ),
        (
            *("fetch", "access: read", "allowed_tools[0]"),
            "`fetch` speaks of URLs and has no constraint on them: it reads whatever its server can",
        ),
        (
            *("move_it", "allowed_paths: ['docs/**'], denied_paths: ['docs/secret/**']", "denied_paths[0]"),
            'whoever moves a folder above "docs/secret/**" frees what is inside: its place alone denies it',
        ),
        ("get_x", "limit_argument: n", "limit_argument", "without max_rows this does nothing"),
        ("get_x", "content_arguments: [n]", "content_arguments", "without max_file_size this does nothing"),
        ("get_x", "scope: any", "scope", "a read needs no scope: this does nothing"),
        (
            *("query_x", "allowed_operations: [SELECT, INSERT]", "allowed_operations"),
            "INSERT writes, and `query_x` counts as a tool that reads, by its name",
        ),
        (
            *("query_x", "allowed_operations: [SHOW]", "allowed_operations[0]"),
            "no SHOW statement is understood, so each is refused, allowed or not",
        ),
        (
            *("get_x", "allowed_hosts: ['**']", "allowed_hosts[0]"),
            "this allows every public host: whatever the tool reads can be sent anywhere",
        ),
        (
            *("get_x", "allowed_hosts: [169.254.169.254]", "allowed_hosts[0]"),
            "link-local addresses are where clouds keep their credentials",
        ),
        ("*", "access: read", "allowed_tools[0]", "this grants every tool that a server has, or ever will have"),
    ],
)
def test_a_grant_is_reviewed(entry: str, held: str, path: str, message: str) -> None:
    assert of_grant(entry, held) == [(path, message)]


@pytest.mark.parametrize(
    ("entry", "held"),
    [
        (
            "read_file",
            "allowed_paths: ['docs/**', Makefile, a.md, '*.md', 'report-*'], denied_paths: ['**/.env', '**/*.key']",
        ),
        ("write_file", "allowed_paths: ['docs/**'], denied_paths: ['docs/old/**']"),
        ("move_file", "allowed_paths: ['docs/**'], denied_paths: ['**/secret/**']"),
        ("query_database", "allowed_operations: [SELECT], max_rows: 10"),
        ("get_sum", ""),
        ("git_*", ""),
        ("git_*", "access: read"),
        ("save_note", "scope: any"),
        ("read_file", "roots: [/srv]"),
    ],
)
def test_what_is_sound_is_left_in_peace(entry: str, held: str) -> None:
    assert of_grant(entry, held) == []


def test_arguments_that_a_schema_pins_need_no_names() -> None:
    grant = "actors: [{id: a, allowed_tools: [read_file], constraints: {read_file: {allowed_paths: ['a/**'%s]%s}}}]\n"
    schema = "schemas: {read_file: {type: object, properties: {path: {type: string}}%s}}"
    plain = grant % ("", "")
    assert [w.message for w in convert(plain).warnings] == [PINNED]
    assert convert(plain + schema % "").warnings == ()
    assert convert(grant % ("", ", path_arguments: [path]")).warnings == ()
    assert [w.message for w in convert(plain + schema % ", additionalProperties: true").warnings] == [
        PINNED,
        "this schema admits arguments that it doesn't declare, and nothing judges those",
    ]


def test_an_argument_that_the_schema_does_not_admit_is_told() -> None:
    schema = "schemas: {get_x: {type: object, properties: {path: {}}}}"
    assert of_grant("get_x", "allowed_paths: ['a/**'], path_arguments: [file]", schema) == [
        ("path_arguments[0]", "the schema of get_x has no argument `file`, so every call is refused")
    ]


def test_a_known_schema_that_speaks_of_files_is_told() -> None:
    schema = "schemas: {get_x: {type: object, properties: {file_path: {}}}}"
    assert of_grant("get_x", "", schema) == [
        (
            "allowed_tools[0]",
            "`get_x` speaks of files and has no constraint on them: it reads whatever its server can",
        )
    ]


def test_limits_and_schemas_of_tools_that_nobody_may_call_are_told() -> None:
    text = "actors: [{id: a, allowed_tools: [files/get_x]}]\nrate_limits: {get_y: {max_calls_per_minute: 1}}\n"
    text += "schemas: {get_x: {type: object}, other/get_x: {type: object}}"
    assert advice(text) == [
        ("rate_limits.get_y", "a rate limit for a tool that nobody may call"),
        ('schemas["other/get_x"]', "a schema for a tool that nobody may call"),
    ]


def test_a_grant_that_the_global_deny_list_undoes_is_told() -> None:
    assert of_grant("get_x", "", "global_deny_list: [GET_X]") == [
        ("allowed_tools[0]", "`get_x` is granted here, and global_deny_list refuses it to everyone (`GET_X`)")
    ]
    assert of_grant("get_x", "", "global_deny_list: [files/get_x]") == [
        ("allowed_tools[0]", "`get_x` is granted here, and global_deny_list refuses part of it (`files/get_x`)")
    ]
    assert of_grant("get_*", "", "global_deny_list: [get_x]") == []


def test_a_deny_that_another_grant_of_the_same_actor_lacks_is_told() -> None:
    text = """
groups:
  - {id: g, allowed_tools: [get_x], constraints: {get_x: {allowed_paths: ["%s/**"]}}}
actors:
  - {id: a, groups: [g], allowed_tools: [get_x], constraints: {get_x: {denied_paths: ["docs/old/**"]}}}
"""
    assert advice(text % "docs") == [
        (
            "actors[0].constraints.get_x.denied_paths",
            'the group "g" grants `get_x` to actor "a" without this, and one grant that permits is enough',
        )
    ]
    assert advice(text % "other") == []


def test_a_group_that_nobody_is_in_and_a_prompt_with_a_tool_s_name_are_told() -> None:
    text = "groups: [{id: g}]\nactors: [{id: a, allowed_tools: [get_x], prompts: [get_x, summarise]}]"
    assert advice(text) == [
        ("groups[0]", 'no actor here is in the group "g": only an authenticator can put one in'),
        ("actors[0].prompts[0]", "the prompt `get_x` bears a tool's name: as a prompt its arguments aren't judged"),
    ]


def test_a_policy_without_actors_and_a_monitored_one_are_told() -> None:
    assert advice("default_action: LOG_AND_ALLOW") == [
        ("", "no actor is named, so every call is refused"),
        ("default_action", "while this stands, calls run that nothing grants; they are marked in the record"),
    ]
