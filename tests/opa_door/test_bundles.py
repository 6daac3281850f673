"""Bundles that a running OPA polls: only a whole one of the right key is taken; the last good policy answers on."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mcp_opa import bundle
from tests.opa_door.conftest import Build, Sign
from tests.opa_door.world import Bundles, Opa, Pair, Start, known, wait

pytestmark = [pytest.mark.live, pytest.mark.slow]

REASONS = {
    "unsigned": "missing .signatures.json",
    "of another key": "verification error",
    "signed with our public key as a secret": "verification error",
    "with an altered policy": "digest mismatch",
    "with a file added": "not included in bundle signature",
    "cut in half": "unexpected EOF",
    "empty": "archive read failed: EOF",
    "a login page": "gzip: invalid header",
    "not found": "server replied with Not Found",
    "a server's error": "server replied with Internal Server Error",
    "of our key, but it owns everything": "empty root paths",
    "of our key, but it opens the door": "root system/authz is in multiple bundles",
    "of our key, but it knows another caller": "root callers is in multiple bundles",
    "gone": "connection refused",
}
"""Part of what OPA's metrics say to each."""


@pytest.fixture(scope="module")
def good(build: Build) -> dict[str, bytes]:
    """Two bundles that are taken, by their revisions."""
    return {bundle.read(build(tool, None)).data["revision"]: build(tool) for tool in ("read_file", "list_files")}


@pytest.fixture(scope="module")
def content(good: dict[str, bytes]) -> bytes:
    """One of the two."""
    return next(iter(good.values()))


@pytest.fixture(scope="module")
def answering(start: Start, bundles: Bundles, content: bytes) -> Iterator[Opa]:
    """A locked OPA whose policy is active."""
    bundles.publish(content)
    with start() as opa:
        wait("the policy", opa.revision)
        yield opa


@pytest.fixture(scope="module")
def bad(
    content: bytes, build: Build, sign: Sign, pair: Pair, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[bytes, int]]:
    """What is not to be taken: content and status."""
    folder = tmp_path_factory.mktemp("bad")
    unsigned = folder / "unsigned.tar.gz"
    unsigned.write_bytes(build("write_file", None))
    opening = "package system.authz\n\nallow := true\n"
    served = {
        "unsigned": unsigned.read_bytes(),
        "of another key": build("write_file", Pair.made(folder, "other").private),
        "signed with our public key as a secret": sign(unsigned, pair.public, "HS256"),
        "with an altered policy": _with(content, bundle.DATA, b"{}"),
        "with a file added": _with(content, "mcp/authz/more.rego", b"package mcp.authz\n\nmore := true\n"),
        "cut in half": content[: len(content) // 2],
        "empty": b"",
        "a login page": b"<html>log in</html>",
        "of our key, but it owns everything": sign(_bundle(folder / "1", "", "a.rego", opening)),
        "of our key, but it opens the door": sign(_bundle(folder / "2", "system/authz", "a.rego", opening)),
        "of our key, but it knows another caller": sign(
            _bundle(folder / "3", "callers", "callers/data.json", known("another"))
        ),
    }
    failing = {"not found": (b"", 404), "a server's error": (b"", 500)}
    return failing | {name: (raw, 200) for name, raw in served.items()}


def _bundle(folder: Path, root: str, name: str, text: str) -> Path:
    """A bundle of one file that says that it owns this root."""
    (folder / name).parent.mkdir(parents=True)
    (folder / name).write_text(text)
    (folder / ".manifest").write_text(json.dumps({"revision": "odd", "roots": [root], "rego_version": 1}))
    return folder


def _with(signed: bytes, name: str, content: bytes) -> bytes:
    """The bundle with another file of this name, or one more."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(signed)) as old, tarfile.open(fileobj=packed, mode="w:gz") as new:
        for member in old.getmembers():
            if member.name != name:
                new.addfile(member, old.extractfile(member))
        entry = tarfile.TarInfo(name)
        entry.size = len(content)
        new.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


@pytest.mark.parametrize("name", REASONS)
def test_what_is_not_taken_shows_and_the_last_good_policy_answers_on(
    answering: Opa, bundles: Bundles, good: dict[str, bytes], bad: dict[str, tuple[bytes, int]], name: str
) -> None:
    before, failures = answering.revision(), answering.failures()
    bundles.stop() if name == "gone" else bundles.publish(*bad[name])
    seen = wait("a failure", lambda: answering.failures() - failures)
    assert [message for message in seen if REASONS[name] in message] == list(seen)
    assert answering.revision() == before
    assert answering.request("GET", "/v1/policies")[0] == 401
    following = next(revision for revision in good if revision != before)
    bundles.publish(good[following])
    wait("the next policy", lambda: answering.revision() == following)


def test_a_server_that_stalls_half_way_is_no_failure_until_it_is_gone_and_the_last_good_policy_answers_on(
    answering: Opa, bundles: Bundles, good: dict[str, bytes]
) -> None:
    before, failures = answering.revision(), answering.failures()
    following = next(content for revision, content in good.items() if revision != before)
    bundles.publish(following[: len(following) // 2], missing=len(following))
    wait("the stall", lambda: bundles.waiting)
    assert (answering.revision(), answering.failures()) == (before, failures)
    bundles.stop()
    wait("a failure", lambda: answering.failures() - failures)
    assert answering.revision() == before


def test_a_poll_that_finds_nothing_new_moves_the_time_of_the_last_good_one(
    answering: Opa, bundles: Bundles, content: bytes
) -> None:
    bundles.publish(content)
    wait("the policy to be the one that is published", lambda: bundles.unchanged)
    last = answering.last_good_poll()
    wait("a later poll", lambda: answering.last_good_poll() > last)


def test_before_any_bundle_there_is_no_policy_and_it_is_unhealthy(start: Start, bundles: Bundles) -> None:
    bundles.stop()
    with start() as opa:
        assert [opa.ask(question, {"id": "1"}) for question in ("about", "decision", "needs", "visible")] == [{}] * 4
        assert opa.request("GET", "/health?bundles")[0] == 500


def test_the_last_good_bundle_is_kept_for_a_start_without_the_server(
    start: Start, bundles: Bundles, content: bytes, tmp_path: Path
) -> None:
    bundles.publish(content)
    with start(store=tmp_path) as opa:
        revision = wait("the policy", opa.revision)
    bundles.stop()
    with start(store=tmp_path) as opa:
        assert wait("the policy", opa.revision) == revision


def test_what_is_kept_is_verified_again(
    start: Start, bundles: Bundles, bad: dict[str, tuple[bytes, int]], content: bytes, tmp_path: Path
) -> None:
    bundles.publish(content)
    with start(store=tmp_path) as opa:
        wait("the policy", opa.revision)
    bundles.stop()
    for name in ("unsigned", "of another key", "with an altered policy", "cut in half"):
        (tmp_path / "bundles" / "mcp" / "bundle.tar.gz").write_bytes(bad[name][0])
        with start(store=tmp_path) as opa:
            wait("a failure", opa.failures)
            assert opa.revision() is None, name


def test_what_is_kept_is_not_taken_under_another_key(
    start: Start, bundles: Bundles, content: bytes, tmp_path: Path
) -> None:
    bundles.publish(content)
    with start(store=tmp_path) as opa:
        wait("the policy", opa.revision)
    bundles.stop()
    with start(store=tmp_path, key=Pair.made(tmp_path, "next").public) as opa:
        wait("a failure", opa.failures)
        assert opa.revision() is None


def test_under_what_is_no_key_nothing_is_taken(start: Start, bundles: Bundles, content: bytes, tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_text("no key")
    bundles.publish(content)
    with start(key=key) as opa:
        wait("a failure", opa.failures)
        assert opa.revision() is None


def test_opa_does_not_start_without_a_key(start: Start, tmp_path: Path) -> None:
    (tmp_path / "key").touch()
    with pytest.raises(AssertionError, match="no keys provided"), start(key=tmp_path / "key"):
        pass
