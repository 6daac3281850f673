"""Names, globs, hosts and words: what is refused in a policy, and what Rego makes of the rest."""

import re

import pytest

from mcp_opa.model import Json
from mcp_opa.policy import vocabulary
from mcp_opa.policy.patterns import (
    fault,
    fold,
    host_problem,
    hosts,
    name_problem,
    names,
    path_problem,
    paths,
    uri_problem,
)
from tests.policy.conftest import Libraries

# Path globs


@pytest.mark.parametrize(
    ("glob", "told"),
    [
        ("a?", "only `*` and `**` are special: write one entry for each case, or `*`"),
        ("{a,b}/**", "only `*` and `**` are special: write one entry for each case, or `*`"),
        ("[ab]", "only `*` and `**` are special: write one entry for each case, or `*`"),
        ("a|b", "only `*` and `**` are special: write one entry for each case, or `*`"),
        ("a!", "only `*` and `**` are special: write one entry for each case, or `*`"),
        ("!docs/**", "`!` does not negate: put what it leaves out under a deny"),
        (r"docs\*.md", "a backslash neither escapes nor separates: write `/` between folders"),
        ("~/docs/**", "`~` is not replaced by a home: write the folder in full"),
        ("$HOME/**", "no variable is replaced: write its value"),
        ("${HOME}/**", "only `*` and `**` are special: write one entry for each case, or `*`"),
        ("^docs/.*", "this is no regular expression: leave out `^` and `$`"),
        ("docs/.*$", "this is no regular expression: leave out `^` and `$`"),
        ("docs**", "`**` stands for whole segments alone: write `docs/**/*.md`, or `docs*` with one `*`"),
        ("**.md", "`**` stands for whole segments alone: write `docs/**/*.md`, or `docs*` with one `*`"),
        ("***", "`**` stands for whole segments alone: write `docs/**/*.md`, or `docs*` with one `*`"),
        ("", "it is empty: every path that is written so is refused"),
        ("docs/", "it ends in `/`; leave it out: every path that is written so is refused"),
        ("./docs/**", "it has a `.` or `..` segment: every path that is written so is refused"),
        ("docs/../**", "it has a `.` or `..` segment: every path that is written so is refused"),
        ("docs//**", "it has an empty segment: every path that is written so is refused"),
        ("C:/docs/**", "it names a drive or an NTFS stream: every path that is written so is refused"),
        ("**/*.", "it has a segment that ends in a dot or a space: every path that is written so is refused"),
        ("**/\u200b", "it has a character that can't be seen: every path that is written so is refused"),
        ("**/\ud800", "it has a character that can't be seen: every path that is written so is refused"),
        ("a%2f*", "it has a percent-encoded `/`: every path that is written so is refused"),
    ],
)
def test_a_glob_that_is_foreign_or_can_cover_nothing_is_told_what_to_be(glob: str, told: str) -> None:
    assert path_problem(glob, deny=False, rooted=False) == told
    assert path_problem(glob, deny=True, rooted=False) == told.replace("is refused", "is refused anyway")


def test_below_roots_a_glob_is_relative() -> None:
    told = "below `roots` a pattern is relative to the root: write it without the leading `/`"
    assert path_problem("/docs/**", deny=False, rooted=True) == told
    assert path_problem("/docs/**", deny=False, rooted=False) is None


@pytest.mark.parametrize(
    "glob",
    [
        "**",
        "*",
        "docs/**",
        "/srv/**",
        "/",
        "**/.env",
        "**/*.key",
        "a/*/b*c*d",
        "docs/.*",
        "**/~$*",
        "a/**/**/b",
        "é/*",
        "my project (v2)/**",
        "50%/*",
        "a:b",
        "*~",
        "@scope/+page.ts",
    ],
)
def test_a_glob_of_stars_and_names_is_fine(glob: str) -> None:
    assert path_problem(glob, deny=True, rooted=False) is None


@pytest.mark.parametrize(
    ("glob", "told"),
    [
        ("docs/**", "a resource is named by its URI: begin with the scheme, as in `file:///srv/docs/**`"),
        ("FILE:///srv", "a resource is named by its URI: begin with the scheme, as in `file:///srv/docs/**`"),
        ("file:///a//b", "it has an empty segment: every path that is written so is refused"),
        ("file:///a/../b", "it has a `.` or `..` segment: every path that is written so is refused"),
        ("memo:", "it is empty: every path that is written so is refused"),
        ("https://{a,b}/x", "only `*` and `**` are special: write one entry for each case, or `*`"),
        ("note://a?b", "only `*` and `**` are special: write one entry for each case, or `*`"),
    ],
)
def test_a_resource_pattern_that_names_no_uri_is_told_what_to_be(glob: str, told: str) -> None:
    assert uri_problem(glob) == told


@pytest.mark.parametrize("glob", ["**", "file:///srv/docs/**", "note://today", "memo:*", "https://example.com/", "a:b"])
def test_a_resource_pattern_is_a_uri_with_stars(glob: str) -> None:
    assert uri_problem(glob) is None


def test_globs_are_sorted_by_what_a_path_is_looked_up_by() -> None:
    assert paths(["docs/**", "README.md", "src/*.py", "src/**/test_*.py", "**/a/b", "**/.git/**", "/srv/**"]) == {
        "exact": {"./README.md": True},
        "levels": [
            [
                1,
                {
                    ".": [False, {"b": [r"(?s)\A\x{2e}(?:/.*)?/a/b\z"]}, {".git": [""]}, None, None, None],
                },
            ],
            [
                2,
                {
                    "/srv": [True, {}, {}, None, None, None],
                    "./docs": [True, {}, {}, None, None, None],
                    "./src": [
                        *[False, {}, {}],
                        [[], [[3, {"yp.": [""]}]]],
                        [[[5, {"test_": [["", ".py", ""]]}]], []],
                        None,
                    ],
                },
            ],
        ],
        "folds": {},
        "encoded": {},
    }


def test_denies_are_folded_and_reach_over_the_root() -> None:
    node = [False, {}, {}, None, [[], [[2, {"éx": [""]}]]], None]
    assert paths(["**/*XÉ"], fold=True) == {
        "exact": {},
        "levels": [[1, {".": node, "": node}]],
        "folds": {"É": "é"},
        "encoded": {"%c4%b0": "i", "%c5%bf": "s", "%e2%84%aa": "k", "%c3%a9": "é", "%c3%89": "é"},
    }


def test_folding_takes_letters_one_by_one() -> None:
    assert fold("ÀſKİẞΣς\u212b") == "àskißσς\xe5"


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("a" * 4097, "is longer than 4096 characters"),
        ("%2e%2e", "is percent-encoded and has a `.` or `..` segment"),
        ("%252525252e", "is percent-encoded too often"),
        ("%25252525", "is percent-encoded too often"),
        ("%c0%ae", "has a character that some take for `.`, `/` or `\\`"),
        ("..;/a", "has a segment that some take for `.` or `..`"),
    ],
)
def test_a_path_that_is_not_canonical_is_told_why(path: str, told: str) -> None:
    assert fault(path) == told


# Names


@pytest.mark.parametrize("entry", ["", "/", "a/", "/a", "a b", "a?", "é", "x" * 129, "[ab]", "a\n"])
def test_what_is_no_name_is_told_what_to_be(entry: str) -> None:
    told = "a name is 1 to 128 of `[A-Za-z0-9_.-]`, and only `*` is special: write `tool` or `server_id/tool`"
    assert name_problem(entry) == told


def test_an_entry_has_one_slash_and_single_stars() -> None:
    assert name_problem("a/b/c") == "an entry has one `/` at most: write `tool` or `server_id/tool`"
    assert name_problem("files/**") == "a name has no segments: write `*` in place of `**`"
    assert [name_problem(entry) for entry in ("a", "a/b", "*", "*/a", "a/*", "a*b*c", "x" * 128)] == [None] * 7


def test_entries_are_sorted_by_what_a_tool_is_looked_up_by() -> None:
    assert names({"a": 1, "s/b": 2, "Git_*": 3, "s*/c": 4, "*x*y*": 5}) == {
        "servers": {"s": {"b": 2}},
        "tools": {"a": 1},
        "patterns": [
            ["Git_*", None, ["Git_", "", "", ""]],
            ["s*/c", ["s", "", "", ""], "c"],
            ["*x*y*", None, ["", "", "", r"\A.*x.*y.*\z"]],
        ],
        "values": {"Git_*": 3, "s*/c": 4, "*x*y*": 5},
        "named": {"b": True},
    }


def test_denied_names_are_folded_whole() -> None:
    assert names({"Files/Delete": 1, "DROP_*": 2, "drop_*": 3}, fold=True) == {
        "servers": {"files": {"delete": 1}},
        "tools": {},
        "patterns": [["drop_*", None, ["drop_", "", "", ""]]],
        "values": {"drop_*": 3},
        "named": {"delete": True},
    }


def test_rego_covers_the_names_that_a_plain_matcher_covers(libraries: Libraries) -> None:
    entries = ["*", "a*", "*a", "a*b", "*a*", "a*b*a", "*a*b*", "a*b*a*b", "aa*aa", "s/*", "s*/a*", "*/aa"]
    index = names(dict.fromkeys(entries, 0))
    cases = [
        (server, tool) for server in (None, "s", "sx", "x") for tool in ("a", "aa", "aaa", "ab", "aba", "abab", "b")
    ]
    answers = libraries.ask([("name.covering", [index["patterns"], server, tool]) for server, tool in cases])
    assert answers == [[entry for entry in entries if _covers(entry, server, tool)] for server, tool in cases]


def _covers(entry: str, server: str | None, tool: str) -> bool:
    on, slash, pattern = entry.rpartition("/")
    texts = [(pattern, tool), *([(on, server)] if slash else [])]
    return all(text is not None and re.fullmatch(glob.replace("*", ".*"), text) for glob, text in texts)


# Hosts


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ("", "this is no host: write a name, an IPv4 address, or an IPv6 address in brackets"),
        ("a b", "an entry is a host, with a port at most: write `api.example.com` or `api.example.com:8443`"),
        (
            "https://a.example",
            "an entry is a host, with a port at most: write `api.example.com` or `api.example.com:8443`",
        ),
        (
            "user@a.example",
            "an entry is a host, with a port at most: write `api.example.com` or `api.example.com:8443`",
        ),
        ("::1", "this is no host; an IPv6 address stands in brackets: write `[2001:db8::1]:8443`"),
        ("[::g]", "this is no host: write a name, an IPv4 address, or an IPv6 address in brackets"),
        ("a.example:0", "a port is a number from 1 to 65535"),
        ("a.example:65536", "a port is a number from 1 to 65535"),
        ("a.example.", "a host has no empty label, and no dot at its end"),
        ("a..example", "a host has no empty label, and no dot at its end"),
        ("0x7f.1", "write the address as `127.0.0.1`"),
        ("2130706433", "write the address as `127.0.0.1`"),
        ("*.0.0.1", "this is no host: write a name, an IPv4 address, or an IPv6 address in brackets"),
        ("api-*.example.com", "`*` stands for a whole label: write `*.example.com`, or each host in full"),
        ("a.**.example", "`**` stands first and with no other `*`: write `**.example.com`"),
        ("**.*.example", "`**` stands first and with no other `*`: write `**.example.com`"),
        ("*", "a pattern covers public names alone: write each internal name in full"),
        ("**.internal", "a pattern covers public names alone: write each internal name in full"),
        ("*.home.arpa", "a pattern covers public names alone: write each internal name in full"),
        ("*.a\u3002b.example", "something in it is read as a dot: write plain dots between the labels"),
    ],
)
def test_a_host_entry_that_no_url_meets_is_told_what_to_be(entry: str, told: str) -> None:
    assert host_problem(entry) == told


def test_hosts_are_sorted_by_what_a_url_is_looked_up_by() -> None:
    entries = [
        "API.Example.com",
        "api.example.com:8443",
        "bücher.example",
        "[::FFFF:10.0.0.1]:80",
        "10.0.0.1",
        "localhost",
    ]
    patterns = ["**", "**.example.org:8080", "**.example.org", "*.X.bücher.example"]
    assert [host_problem(entry) for entry in entries + patterns] == [None] * 10
    assert hosts(entries + patterns) == {
        "exact": {
            "10.0.0.1": [True, []],
            "[::ffff:a00:1]": [False, [80]],
            "api.example.com": [True, [8443]],
            "localhost": [True, []],
            "xn--bcher-kva.example": [True, []],
        },
        "below": {"": [True, []], "example.org": [True, [8080]]},
        "sizes": [0, 2],
        "shapes": [[[True, False, False, False], {"*.x.xn--bcher-kva.example": [True, []]}]],
    }


def test_rego_allows_the_hosts_that_entries_name(libraries: Libraries) -> None:
    index = hosts(["**.example.com", "*.example.net", "localhost:8080", "10.0.0.1"])
    urls: list[Json] = [
        {"known": True, "scheme": "https", "host": host, "port": port, "default_port": port == 443, "class": class_}
        for host, port, class_ in [
            *(("example.com", 443, "public"), ("a.b.example.com", 443, "public"), ("a.example.net", 443, "public")),
            *(("localhost", 8080, "internal"), ("10.0.0.1", 443, "address")),
            *(("evilexample.com", 443, "public"), ("example.com", 8443, "public"), ("example.net", 443, "public")),
            *(("a.b.example.net", 443, "public"), ("localhost", 443, "internal"), ("10.0.0.1", 80, "address")),
            *(("a.example.com", 443, "internal"), ("", 443, "public"), (None, 443, "public")),
        ]
    ]
    allowed = libraries.holding("host.allowed", index, last=urls)
    assert allowed == urls[:5]
    assert libraries.holding("host.exact", index, last=urls) == urls[3:5]


# Words of a name


@pytest.mark.parametrize(
    ("name", "words", "access"),
    [
        ("read_file", ("read", "file"), "read"),
        ("getPullRequest", ("get", "pull", "request"), "write"),
        ("search-nodes.v2", ("search", "nodes", "v2"), "read"),
        ("READ_FILE", ("read", "file"), "read"),
        ("getHTTPPage", ("get", "httppage"), "read"),
        ("read_and_delete", ("read", "and", "delete"), "write"),
        ("listDelete", ("list", "delete"), "write"),
        ("get2Delete", ("get2delete",), "write"),
        ("file_read", ("file", "read"), "write"),
        ("write_file", ("write", "file"), "write"),
        ("___", (), "write"),
    ],
)
def test_a_name_says_what_its_tool_does(name: str, words: tuple[str, ...], access: str, libraries: Libraries) -> None:
    verbs: Json = {
        "read_verbs": dict.fromkeys(vocabulary.READ_VERBS, True),
        "write_verbs": dict.fromkeys(vocabulary.WRITE_VERBS, True),
    }
    assert vocabulary.words(name) == words
    assert vocabulary.access(name) == access
    held = not vocabulary.WRITE_VERBS.isdisjoint(words)
    assert libraries.ask([("words.access", [verbs, name]), ("words.holds_write", [verbs, name])]) == [
        access,
        held or None,
    ]


def test_no_verb_reads_and_writes() -> None:
    assert frozenset() == vocabulary.READ_VERBS & vocabulary.WRITE_VERBS


def test_the_verbs_that_the_policy_document_promises_read() -> None:
    assert {"read", "get", "list", "search", "query", "find", "describe", "show"} <= vocabulary.READ_VERBS
