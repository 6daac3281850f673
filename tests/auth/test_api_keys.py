"""API keys: the file that says whose they are, and what a caller can show instead of one."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from mcp_opa.auth import AuthError, Unauthenticated
from mcp_opa.auth.api_keys import ApiKeys
from mcp_opa.auth.key_file import MOST_KEYS, parse
from mcp_opa.model import Subject

LONG = "mcpopa_" + "k" * 43
OTHER = "mcpopa_" + "o" * 43


def hashed(key: str) -> str:
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "keys.yaml"
    path.touch(0o600)
    return path


def keys(file: Path, text: str, now: float = 0.0) -> ApiKeys:
    file.write_text(text)
    return ApiKeys(file, clock=lambda: now)


def refused(keys: ApiKeys, shown: str) -> tuple[int, str, str]:
    with pytest.raises(Unauthenticated) as caught:
        keys.subject(shown)
    return caught.value.status, caught.value.error, caught.value.detail


def problems(text: str | bytes) -> list[str]:
    """What is wrong with a file, without advice."""
    with pytest.raises(AuthError) as caught:
        parse(text.encode() if isinstance(text, str) else text, "k")
    return str(caught.value).split("\n")[::2]


@pytest.mark.parametrize(
    "stated", [LONG, hashed(LONG), hashed(LONG).replace(":", ":", 1)[:7] + hashed(LONG)[7:].upper()]
)
def test_a_key_in_plain_text_or_as_its_hash_is_its_actor_s(file: Path, stated: str) -> None:
    assert keys(file, f"agent: {stated}\n").subject(LONG) == Subject("agent", (), "api_key")


def test_the_kit_s_file_works_in_json_too(file: Path) -> None:
    text = json.dumps(
        {"content-agent": LONG, "admin-service": [hashed(OTHER), {"key": hashed("x"), "groups": ["ops"]}]}
    )
    found = keys(file, text)
    assert [found.subject(shown) for shown in (LONG, OTHER, "x")] == [
        Subject("content-agent", (), "api_key"),
        Subject("admin-service", (), "api_key"),
        Subject("admin-service", ("ops",), "api_key"),
    ]


@pytest.mark.parametrize(
    "shown",
    [
        *("", " ", LONG[:-1], LONG + "k", LONG.upper(), f"{LONG}\n", f" {LONG}", f"{LONG}\0", hashed(LONG), "agent"),
        *("mcpopa_" + "\u212a" * 43, LONG.replace("k", "\uff4b"), "\ud800", "k" * 1_000_000, "None", "null", "*"),
    ],
)
def test_what_is_not_the_very_key_is_nobody_s(file: Path, shown: str) -> None:
    told = (401, "invalid_token", "the API key is nobody's")
    assert refused(keys(file, f"agent: {hashed(LONG)}\nnull-agent: {hashed(OTHER)}\n"), shown) == told


def test_a_key_expires_at_its_moment_and_another_of_the_same_actor_stays(file: Path) -> None:
    text = f"agent:\n  - {{key: {LONG}, expires: 1970-01-02}}\n  - {OTHER}\n"
    assert keys(file, text, 86_399.9).subject(LONG) == Subject("agent", (), "api_key")
    late = keys(file, text, 86_400)
    assert refused(late, LONG) == (401, "invalid_token", "the API key of agent has expired")
    assert late.subject(OTHER) == Subject("agent", (), "api_key")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", ["k:1:1: the file is empty"]),
        ("# nothing\n", ["k:1:1: the file is empty"]),
        ("{}", ["k:1:1: there are no keys here"]),
        ("[]", ["k:1:1: there are no keys here"]),
        (LONG, ["k:1:1: there are no keys here"]),
        ("a: []", ["k:1:4: this actor has no key"]),
        ("a: ''", ["k:1:4: this is neither a key of visible ASCII characters nor a hash"]),
        ("a: |\n  key\n", ["k:1:4: this is neither a key of visible ASCII characters nor a hash"]),
        ("a: 'k k'", ["k:1:4: this is neither a key of visible ASCII characters nor a hash"]),
        ("a: ключ", ["k:1:4: this is neither a key of visible ASCII characters nor a hash"]),
        ("a: sha256:abc", ["k:1:4: this is neither a key of visible ASCII characters nor a hash"]),
        (f"a: {hashed('k')}0", ["k:1:4: this is neither a key of visible ASCII characters nor a hash"]),
        (f"a: {hashed('k').upper()}", ["k:1:4: this is neither a key of visible ASCII characters nor a hash"]),
        ("a:", ["k:1:3: a mapping belongs here, and this is empty"]),
        ("a: 5", ["k:1:4: a mapping belongs here, and this is the number 5"]),
        ("a: [[k]]", ["k:1:5: a mapping belongs here, and this is a list"]),
        ("a: {key: 12}", ["k:1:10: this is the number 12, and a text belongs here"]),
        ("a: {expires: 2027-01-31}", ["k:1:4: this can't be read, or not in one way alone"]),
        ("a: {key: k, expires: soon}", ["k:1:22: this can't be read, or not in one way alone"]),
        ("a: {key: k, expire: '2027-01-31'}", ["k:1:13: this key isn't known here"]),
        ("a: {key: k, groups: g}", ["k:1:21: this is a text, and a list belongs here"]),
        ("a: {key: k, groups: ['']}", ["k:1:22: this can't be read, or not in one way alone"]),
        (f"a: {LONG}\na: {OTHER}\n", ["k:2:1: this key stands twice, first on line 1"]),
        (f"a: {LONG}\nb: {hashed(LONG)}\n", ["k:2:4: this key stands on line 1 too"]),
        (f"{{a: [{LONG}, {LONG}]}}", ["k:1:58: this key stands on line 1 too"]),
        ("'a ': k", ["k:1:1: this is no name of an actor"]),
        ("'': k", ["k:1:1: this is no name of an actor"]),
        ("no: k", ["k:1:1: this can't be read, or not in one way alone"]),
        ("1e5: k", ["k:1:1: this can't be read, or not in one way alone"]),
        ("a: 0x12345678", ["k:1:4: this can't be read, or not in one way alone"]),
        ("a: *secret", ["k:1:4: this can't be read, or not in one way alone"]),
        ("a: !secret k", ["k:1:4: this can't be read, or not in one way alone"]),
        ("a: k\n---\nb: k\n", ["k:2:1: a second document begins here"]),
        (b"a: \xff", ["k:1:4: byte 0xff is not UTF-8"]),
        ("a: 'k", ["k:1:6: this is not YAML: while scanning a quoted scalar, found unexpected end of stream"]),
    ],
)
def test_an_odd_file_gives_no_keys_and_says_where(text: str | bytes, told: list[str]) -> None:
    assert problems(text) == told


def test_everything_that_is_wrong_is_told_at_once_and_no_key_with_it() -> None:
    secret = f"s3cret-{OTHER}"
    told = problems(f"a: '{secret} '\nb: [{secret}, {secret}]\n{secret}: {{{secret}: 1}}\n'{secret} ': !{secret} x\n")
    assert len(told) == 1
    told = problems(f"a: '{secret} '\nb: [{secret}, {secret}]\n{secret}: {{{secret}: 1}}\n'{secret} ': x\n")
    assert [line.split(":")[1] for line in told] == ["1", "2", "3", "3", "4"]
    assert secret not in "".join(told)


def test_a_file_has_only_so_many_keys() -> None:
    lines = "".join(f"a{number}: {hashed(str(number))}\n" for number in range(MOST_KEYS + 1))
    assert len(parse(lines[: lines.rindex("\na") + 1].encode(), "k").keys) == MOST_KEYS
    assert problems(lines) == [f"k:{MOST_KEYS + 1}:{len(f'a{MOST_KEYS}: ') + 1}: this file has more than 10000 keys"]


def test_a_key_that_was_taken_out_stops_working_and_one_put_in_works(file: Path) -> None:
    found = keys(file, f"agent: {LONG}\n")
    file.write_text(f"agent: {OTHER}\n")
    assert refused(found, LONG)[2] == "the API key is nobody's"
    assert found.subject(OTHER) == Subject("agent", (), "api_key")


def test_a_file_that_breaks_refuses_everybody_until_it_is_mended(file: Path) -> None:
    found = keys(file, f"agent: {LONG}\n")
    file.write_text(f"agent: {LONG}\nother: ''\n")
    what = f"{file}:2:8: this is neither a key of visible ASCII characters nor a hash"
    how = "    write a key, or `sha256:` and the 64 digits of its hash; `mcp-opa keys new ACTOR` makes one"
    assert refused(found, LONG) == (503, "", f"API keys can't be compared: {what}\n{how}")
    assert found.trouble() == f"{what}\n{how}"
    file.write_text(f"agent: {LONG}\n")
    assert (found.trouble(), found.subject(LONG)) == ("", Subject("agent", (), "api_key"))


def test_a_file_that_is_gone_refuses_everybody_until_it_is_back(file: Path) -> None:
    found = keys(file, f"agent: {LONG}\n")
    file.rename(file.with_name("away"))
    assert refused(found, LONG) == (503, "", f"API keys can't be compared: {file}: No such file or directory")
    file.with_name("away").rename(file)
    assert found.subject(LONG) == Subject("agent", (), "api_key")


def test_whoever_could_read_a_key_or_write_a_hash_is_kept_out(file: Path) -> None:
    found = keys(file, f"agent: {LONG}\n")
    file.chmod(0o644)
    assert found.trouble() == (
        f"{file}: everybody may read it, and it holds keys as they are; chmod o-r it, or write their hashes instead"
    )
    file.write_text(f"agent: {hashed(LONG)}\n")
    assert (found.trouble(), found.subject(LONG)) == ("", Subject("agent", (), "api_key"))
    file.chmod(0o602)
    assert found.trouble() == f"{file}: everybody may write it; chmod o-w it, and look at what it holds"
    file.chmod(0o640)
    assert found.subject(LONG) == Subject("agent", (), "api_key")


def test_what_is_no_file_of_keys_is_refused_at_the_start(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "huge").write_bytes(b"#" * 2_000_000)
    told = []
    for name in ("pipe", "huge", "", "none", "nul\0"):
        with pytest.raises(AuthError) as caught:
            ApiKeys(tmp_path / name)
        told.append(str(caught.value).removeprefix(str(tmp_path)))
    assert told == [
        "/pipe: is no plain file of at most 4194304 bytes; name one",
        "/huge: has more than 1048576 bytes, which is more than is read",
        ": is no plain file of at most 4194304 bytes; name one",
        "/none: No such file or directory",
        "/nul\0: is no name of a file",
    ]


def test_a_reviewer_hears_of_keys_that_may_be_guessed_or_read(file: Path) -> None:
    found = keys(file, f"a: password\nb: {LONG}\nc: {hashed('p')}\n")
    made = "`mcp-opa keys new ACTOR` makes one that can't be"
    replaced = "put the new one here, give it to the caller, and take the old one out"
    hash_it = "write `sha256:` and its hash: then nobody can call who reads it"
    assert [str(warning) for warning in found.warnings] == [
        f"{file}:1:4: a key of 8 characters might be guessed; {made}\n    {replaced}",
        f"{file}:2:4: this key stands here as it is\n    {hash_it}",
    ]
