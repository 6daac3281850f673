"""Paths and globs against slow, plain references in both engines, and what two readers could tell apart."""

import ntpath
import posixpath
import re
import unicodedata
from collections.abc import Callable
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mcp_opa.model import Json
from mcp_opa.policy.patterns import fault, fold, path_problem, paths
from tests.policy.conftest import UNDEFINED, Libraries

_examples = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])

# A plain matcher: name by name, star by star

Name = Callable[[str, str], bool]


def _name_covers(pattern: str, name: str) -> bool:
    if not pattern:
        return not name
    if pattern[0] == "*":
        return _name_covers(pattern[1:], name) or (bool(name) and _name_covers(pattern, name[1:]))
    return name[:1] == pattern[0] and _name_covers(pattern[1:], name[1:])


def _covers(pattern: list[str], names: list[str], name_covers: Name) -> bool:
    if not pattern:
        return not names
    if pattern[0] == "**":
        return _covers(pattern[1:], names, name_covers) or (bool(names) and _covers(pattern, names[1:], name_covers))
    return bool(names) and name_covers(pattern[0], names[0]) and _covers(pattern[1:], names[1:], name_covers)


def _allowed(glob: str, path: str) -> bool:
    """Relative globs cover relative paths alone, and a name is never empty."""
    if glob.startswith("/") != path.startswith("/"):
        return False
    names = [name for name in path.split("/") if name]
    pattern = [name for name in glob.split("/") if name]
    return _covers(pattern, names, _name_covers)


def _denied(glob: str, path: str) -> bool:
    """In some reading, folded; what begins with a wildcard reaches over the root, and `*` covers what has no name."""
    if not path and glob.startswith("/"):
        return False
    return any(_covers(fold(glob).split("/"), fold(text).split("/"), _name_covers) for text in _readings(path))


def _readings(path: str) -> list[str]:
    """The path, and what it percent-decodes to, again and again."""
    readings = [path]
    while (decoded := unquote(readings[-1], errors="surrogateescape")) != readings[-1]:
        readings.append(decoded)
    return readings


# Globs

_PIECES = ["a", "b", "A", ".", "md", "key", "env", "k", "s", "K", "é", "É", "\u017f", "\u212a", "\u0130", "i"]
_ENCODED = ["%61", "%2e", "%6B", "%c3%a9", "%C3%89", "%25C3%25a9", "%e2%84%aa", "%C5%bf", "%2561", "%"]
_name = st.lists(st.sampled_from(_PIECES), min_size=1, max_size=3).map("".join)
_starred = st.lists(st.sampled_from([*_PIECES, "*"]), min_size=1, max_size=5).map(
    lambda parts: re.sub(r"\*+", "*", "".join(parts))
)
_glob = st.builds(
    lambda root, names: root + "/".join(names),
    st.sampled_from(["", "", "", "/"]),
    st.lists(st.one_of(st.just("**"), st.just("*"), _name, _starred), min_size=1, max_size=4),
).filter(lambda glob: path_problem(glob, deny=True, rooted=False) is None)
_globs = st.lists(_glob, min_size=1, max_size=5)
_path = st.one_of(
    st.sampled_from(["", "/"]),
    st.builds(
        lambda root, names: root + "/".join(names),
        st.sampled_from(["", "", "", "/"]),
        st.lists(
            st.lists(st.sampled_from([*_PIECES, *_ENCODED]), min_size=1, max_size=3).map("".join),
            min_size=1,
            max_size=4,
        ),
    ).filter(lambda path: fault(path) is None),
)
_paths = st.lists(_path, min_size=20, max_size=60)


@_examples
@given(globs=_globs, texts=_paths)
def test_an_allow_covers_what_a_plain_matcher_covers(libraries: Libraries, globs: list[str], texts: list[str]) -> None:
    covered = libraries.holding("path.match", paths(globs), last=texts)
    assert covered == [text for text in texts if any(_allowed(glob, text) for glob in globs)]


@_examples
@given(globs=_globs, texts=_paths)
def test_a_deny_covers_every_reading(libraries: Libraries, globs: list[str], texts: list[str]) -> None:
    clear = libraries.holding("path.clear", paths(globs, fold=True), last=texts)
    assert clear == [text for text in texts if not any(_denied(glob, text) for glob in globs)]


@_examples
@given(globs=_globs, text=_path)
def test_a_deny_covers_what_an_allow_of_the_same_text_does(libraries: Libraries, globs: list[str], text: str) -> None:
    questions: list[tuple[str, list[Json]]] = [
        ("path.match", [paths(globs), text]),
        ("path.clear", [paths(globs, fold=True), text]),
    ]
    assert libraries.embedded(questions) != [True, True]


def test_two_hundred_globs_find_what_each_alone_finds(libraries: Libraries) -> None:
    shapes = [
        "a{}/**",
        "b{}/*.md",
        "**/c{}",
        "**/*.d{}",
        "**/e{}*",
        "**/f{}/**",
        "**/*g{}*",
        "h/*/i{}",
        "**/j{}/*.k",
        "l{}*m*n/**",
    ]
    globs = [shape.format(number) for shape in shapes for number in range(20)]
    texts = [re.sub(r"\*+", "x", glob) for glob in globs] + [
        re.sub(r"\*+", "x", glob).replace("7", "8x") for glob in globs
    ]
    covered = libraries.holding("path.match", paths(globs), last=texts)
    assert covered == [text for text in texts if any(_allowed(glob, text) for glob in globs)]
    assert set(texts[:200]) <= set(covered)


# Letters


@pytest.mark.slow
def test_engines_fold_every_letter_as_patterns_are_folded(libraries: Libraries) -> None:
    letters = [chr(point) for point in range(0x80, 0x1F000) if not 0xD800 <= point < 0xE000]
    questions: list[tuple[str, list[Json]]] = [("lower", [letter]) for letter in letters]
    for lower in (libraries.embedded(questions), libraries.opa(questions)):
        assert [letter for letter, told in zip(letters, lower, strict=True) if fold(told) != fold(letter)] == []


@pytest.mark.slow
def test_a_letter_is_denied_in_every_case_and_encoding(libraries: Libraries) -> None:
    letters = [chr(point) for point in range(0x80, 0x1F000) if not 0xD800 <= point < 0xE000]
    cased = [letter for letter in letters if fold(letter) != letter or letter.upper() != letter]
    questions: list[tuple[str, list[Json]]] = []
    for letter in cased:
        forms = [letter, fold(letter), _encoded(letter), _encoded(letter).replace("%", "%25")]
        index = paths([f"x{letter}"], fold=True)
        questions += [("path.clear", [index, f"X{form}"]) for form in forms]
    assert set(libraries.ask(questions)) == {UNDEFINED}


# Canonical form

_CHARACTERS = [
    *"ab.:;~$/\\ %%%%2efEF5C",
    "%2e",
    "%2f",
    "%25",
    "%20",
    "%5c",
    "..",
    "//",
    "%c0",
    "%ae",
    "%u002e",
    "%e2%80%8b",
]
_CHARACTERS += [
    "é",
    "\u200b",
    "\uff0f",
    "\u2025",
    "\u2026",
    "\xa0",
    "\u202f",
    "\u0130",
    "\U0001f600",
    "\ufe0f",
    "\0",
    "\n",
]
_text = st.one_of(
    st.lists(st.sampled_from(_CHARACTERS), max_size=10).map("".join),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
_texts = st.lists(_text, min_size=50, max_size=120)


@_examples
@given(texts=_texts)
def test_rego_and_the_converter_find_the_same_paths_canonical(libraries: Libraries, texts: list[str]) -> None:
    assert libraries.holding("path.canonical", last=texts) == [text for text in texts if fault(text) is None]


@_examples
@given(texts=_texts)
def test_no_two_readers_tell_a_canonical_path_apart(libraries: Libraries, texts: list[str]) -> None:
    for path in libraries.holding("path.canonical", last=texts):
        segments = path.split("/")
        for text in _readings(path):
            compatible = unicodedata.normalize("NFKC", text.replace("\u2026", "x"))
            assert posixpath.normpath(text) == text
            assert ntpath.normpath(text).replace("\\", "/") == text
            assert ntpath.splitdrive(text)[0] in {"", f"{text[0]}:"}
            assert [len(other.split("/")) for other in (text, compatible)] == [len(segments)] * 2
            assert "\\" not in compatible
            assert {".", ".."}.isdisjoint(compatible.split("/"))
            assert [name.rstrip(". ") for name in text.split("/")] == text.split("/")


_POINTS = [point for point in (*range(0x31000), *range(0xE0000, 0xE0200)) if not 0xD800 <= point < 0xE000]


@pytest.mark.slow
def test_a_character_that_is_seen_and_is_no_separator_is_canonical(libraries: Libraries) -> None:
    seen = [chr(point) for point in _POINTS if _seen(chr(point)) and chr(point) not in _CAUTIOUS | set("%/\\")]
    words = ["".join(seen[start : start + 40]).replace("::", ":") for start in range(0, len(seen), 40)]
    texts = [f"x{word}y" for word in words] + [f"x{_encoded(word[:20])}y" for word in words[3:]]
    assert libraries.holding("path.canonical", last=texts) == texts


@pytest.mark.slow
def test_a_character_that_is_unseen_or_looks_like_a_separator_is_not_canonical(libraries: Libraries) -> None:
    unseen = [chr(point) for point in _POINTS if not _seen(chr(point))] + ["\\", *_CAUTIOUS]
    texts = [f"x{form}y" for character in unseen for form in (character, _encoded(character))]
    assert libraries.holding("path.canonical", last=texts) == []


def _encoded(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


_EXTRA = {0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0}
_LOOK_ALIKE = "\u2044\u2215\u29f8\u2571\u27cb\u2216\u27cd\u29f5\u29f9\u2572\u20e5\ufe19"
"""What no table of Unicode's says looks like `.`, `/` or a backslash."""


def _seen(character: str) -> bool:
    compatible = unicodedata.normalize("NFKC", character)
    return (
        unicodedata.category(character) not in {"Cc", "Cf", "Zl", "Zp"}
        and ord(character) not in _EXTRA
        and character not in _LOOK_ALIKE
        and (character in "./\\" or not set("/\\") & set(compatible))
        and (character in ".…" or set(compatible) != {"."})
    )


_CAUTIOUS = set(map(chr, (0x2065, *range(0xFFF0, 0xFFF9), *range(0x13439, 0x13440), *range(0xE0000, 0xE0080))))
"""Not assigned, in some version of Unicode, amid what can't be seen: refused."""


# Sets of paths that others have tried


def test_ordinary_names_are_canonical(libraries: Libraries) -> None:
    ordinary = [*_ORDINARY, *(f"docs/{name}" for name in _ORDINARY), *(f"/srv/{name}/x" for name in _ORDINARY)]
    assert libraries.holding("path.canonical", last=ordinary) == ordinary


_ORDINARY = [
    *[
        "..test",
        "te..st",
        ".env",
        ".gitignore",
        "...x",
        "report_50%.pdf",
        "Q1_25%_growth",
        "100%25",
        "%41",
        "%E4%BD%A0",
        "file%20name",
    ],
    *[
        "café",
        "cafe\u0301",
        "my project (v2)",
        "a:b",
        "12:30 notes",
        "Screenshot at 9.41.00\u202fAM.png",
        "…",
        "wait…",
        "C++",
        "a~",
        "~$x.docx"[1:],
    ],
    *[
        "$RECYCLE.BIN",
        "[id].tsx",
        "{slug}",
        "a!b",
        "a?b",
        "a*b",
        "a|b",
        "<x>",
        "a;b",
        "a,b=c&d+e@f#g",
        "'quoted'",
        '"quoted"',
        "`tick`",
    ],
    *[
        "你好。",
        "こんにちは",
        "안녕",
        "עברית",
        "عربي",
        "हिन्दी",
        "ไทย",
        "Ελληνικά",
        "Кириллица",
        "❤\ufe0f",
        "😀",
        "½ cup",
        "№5",
        "¥500",
        "٠١",
    ],
    *["a%b", "%", "%%", "%zz", "50%off", "-rf", "_x", "a b  c", "COM1", "node_modules", "package-lock.json", "x" * 255],
]


@pytest.mark.parametrize(
    "dots", ["..", "%2e%2e", "%2E.", "%252e%252e", "%25252e.", "\uff0e\uff0e", "%uff0e%uff0e", "%c0%ae%c0%ae"]
)
@pytest.mark.parametrize(
    "slash", ["/", "\\", "%2f", "%5c", "%252f", "%255C", "\u2215", "\uff0f", "%c0%af", "%u2215", "%%32%66", "//"]
)
def test_no_escape_is_canonical(dots: str, slash: str, libraries: Libraries) -> None:
    escapes = [
        f"docs{slash}{dots}{slash}etc",
        f"{dots}{slash}etc",
        f"docs/{dots}{slash}",
        f"/docs{slash}{dots}",
        f"a{slash}{dots}",
    ]
    assert libraries.holding("path.canonical", last=escapes) == []


def test_what_is_no_path_is_never_covered(libraries: Libraries) -> None:
    values: list[Json] = [None, True, 0, 1.5, [], ["docs"], {}, {"docs": True}]
    allow, deny = paths(["**", "/**"]), paths([], fold=True)
    functions: list[tuple[str, list[Json]]] = [
        *(("path.canonical", []), ("path.match", [allow]), ("path.clear", [deny]), ("path.under", [allow])),
        *(("path.allowed_extension", [{".md": True}]), ("path.clear_extension", [{}]), ("name.valid", [])),
    ]
    for function, arguments in functions:
        assert libraries.holding(function, *arguments, last=values) == []
    assert (
        libraries.ask([("path.relative", [value, roots]) for value in values for roots in ([], ["/"])])
        == [UNDEFINED] * 16
    )
