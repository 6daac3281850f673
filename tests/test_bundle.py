"""Bundles: what is refused, then what is built, then that OPA reads it so."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import random
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_opa import bundle
from mcp_opa.bundle import Bundle, BundleError
from mcp_opa.contract import canonical

ROOT = Path(__file__).resolve().parent.parent
REGO = {
    "mcp/authz/authz.rego": 'package mcp.authz\n\nabout := {"id": input.id, "text": data.mcp.policy.text}\n',
    "mcp/lib/path/path.rego": 'package mcp.lib.path\n\nempty := "é\u2028"\n',
    "system/log/log.rego": "package system.log\n",
}
DATA = {"format": 1, "text": "<é\u2028\U0001f600\0>", "actors": {}}
BUILT = bundle.build(DATA, REGO)

Entry = tuple[str, bytes, dict[str, Any]]


def entries(raw: bytes) -> list[Entry]:
    """The files of a bundle as tarfile reads them: name, content and what else its header says."""
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        found = [(member, archive.extractfile(member)) for member in archive]
        return [(member.name, file.read() if file else b"", {"type": member.type}) for member, file in found]


def packed(files: list[Entry], form: int = tarfile.USTAR_FORMAT) -> bytes:
    """A bundle of these files, in this order."""
    with io.BytesIO() as target:
        with tarfile.open(fileobj=target, mode="w:gz", format=form) as archive:
            for name, content, header in files:
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                for key, value in header.items():
                    setattr(entry, key, value)
                archive.addfile(entry, io.BytesIO(content))
        return target.getvalue()


def changed(name: str, change: Callable[[bytes], bytes]) -> bytes:
    """The bundle with one file changed."""
    return packed([(n, change(content) if n == name else content, header) for n, content, header in entries(BUILT)])


def added(name: str, content: bytes = b"", **header: object) -> bytes:
    """The bundle with one more file at its end."""
    return packed([*entries(BUILT), (name, content, header)])


def edited(edit: Callable[[dict[str, Any]], object]) -> Callable[[bytes], bytes]:
    """A change of a JSON object."""

    def change(raw: bytes) -> bytes:
        value = json.loads(raw)
        edit(value)
        return canonical(value)

    return change


def refused(raw: bytes, why: str) -> None:
    with pytest.raises(BundleError, match=why):
        bundle.read(raw)


@pytest.mark.parametrize("raw", [b"", b"\x1f\x8b", b"no gzip", b"PK\x03\x04", b'{"mcp": {}}'])
def test_what_is_no_gzip_file_is_refused(raw: bytes) -> None:
    refused(raw, "no gzip file|cut off")


def test_a_bundle_that_is_cut_off_anywhere_is_refused() -> None:
    for end in range(len(BUILT)):
        refused(BUILT[:end], "no gzip file|cut off")


def test_what_follows_the_end_is_refused() -> None:
    refused(BUILT + b"\0", "follows its end")
    refused(BUILT + BUILT, "follows its end")


def test_a_large_file_and_a_small_one_that_unpacks_to_much_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bundle, "MAX_UNPACKED", 1024 * 1024)
    bomb = gzip.compress(b"\0" * (1024 * 1024 + 1))
    assert len(bomb) < 2000
    refused(bomb, "unpacks to more than")
    monkeypatch.setattr(bundle, "MAX_BYTES", 1000)
    refused(b"\0" * 1001, "1001 bytes, at most 1000")


def test_data_of_any_depth_are_refused_with_a_sentence() -> None:
    for depth in range(850, 1000):
        deep = b'{"a":' * depth + b"1" + b"}" * depth
        files = [
            (name, deep if name.endswith("data.json") else content, header) for name, content, header in entries(BUILT)
        ]
        refused(packed(files), "the bundle's")


@pytest.mark.parametrize("name", [".manifest", "mcp/policy/data.json"])
def test_json_in_another_form_is_refused(name: str) -> None:
    refused(changed(name, lambda raw: raw + b"\n"), "canonical")
    refused(changed(name, lambda raw: raw.replace(b":", b": ", 1)), "canonical")
    refused(changed(name, lambda raw: raw.replace(b"r", b"\\u0072", 1)), "canonical")


@pytest.mark.parametrize("name", [".manifest", "mcp/policy/data.json"])
def test_a_bundle_without_a_part_is_refused(name: str) -> None:
    refused(packed([entry for entry in entries(BUILT) if entry[0] != name]), f"has no {name}")


def test_a_bundle_with_less_rego_than_it_was_sealed_with_is_refused() -> None:
    refused(packed([entry for entry in entries(BUILT) if "system" not in entry[0]]), "not what its other parts make it")
    refused(packed(entries(BUILT)[:2]), "has no|not what its other parts make it")


@pytest.mark.parametrize(
    "name",
    [
        "data.json",
        "mcp/data.json",
        "mcp/policy/data.yaml",
        "policy.wasm",
        "plan.json",
        "patch.json",
        ".signatures.json",
        "/mcp/authz/more.rego",
        "./mcp/authz/more.rego",
        "../mcp/authz/more.rego",
        "mcp/../mcp/more.rego",
        "mcp//more.rego",
        "more.rego",
        "mcp/authz/more.rego ",
        "mcp/authz/m\u00f6re.rego",
        "mcp/authz/" + "x" * 90 + ".rego",
        "notes.txt",
        "mcp/authz",
        "",
    ],
)
def test_a_file_that_is_no_part_of_a_bundle_is_refused(name: str) -> None:
    refused(added(name, b"{}"), "no part of a bundle|damaged|another program")


@pytest.mark.parametrize("name", [name for name, _, _ in entries(BUILT)])
def test_a_file_that_stands_there_twice_is_refused(name: str) -> None:
    refused(added(name), "stands there twice")


@pytest.mark.parametrize(
    "kind",
    [
        tarfile.SYMTYPE,
        tarfile.LNKTYPE,
        tarfile.DIRTYPE,
        tarfile.CHRTYPE,
        tarfile.FIFOTYPE,
        tarfile.CONTTYPE,
        b"L",
        b"x",
        b"S",
    ],
)
def test_what_is_no_plain_file_is_refused(kind: bytes) -> None:
    refused(added("mcp/authz/more.rego", type=kind, linkname="/etc/passwd"), "no plain file")


CHANGES: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "roots of everything": (".manifest", edited(lambda manifest: manifest.update(roots=[""]))),
    "roots above": (".manifest", edited(lambda manifest: manifest.update(roots=["mcp", "system"]))),
    "revision of the manifest": (".manifest", edited(lambda manifest: manifest.update(revision="other"))),
    "version of the Rego": (".manifest", edited(lambda manifest: manifest.update(rego_version=0))),
    "Wasm": (".manifest", edited(lambda manifest: manifest.update(wasm=[]))),
    "format": (".manifest", edited(lambda manifest: manifest["metadata"]["mcp_opa"].update(format=2))),
    "revision of the data": ("mcp/policy/data.json", edited(lambda data: data.update(revision="other"))),
    "no revision": ("mcp/policy/data.json", edited(lambda data: data.pop("revision"))),
    "data": ("mcp/policy/data.json", edited(lambda data: data.update(text="other"))),
    "more Rego": ("mcp/authz/authz.rego", lambda raw: raw + b"\n"),
    "empty Rego": ("mcp/authz/authz.rego", lambda _: b""),
}


@pytest.mark.parametrize(("name", "change"), CHANGES.values(), ids=CHANGES.keys())
def test_a_part_that_is_not_what_the_others_make_it_is_refused(name: str, change: Callable[[bytes], bytes]) -> None:
    refused(changed(name, change), "not what its other parts make it")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        (".manifest", b"[]", "canonical"),
        (".manifest", b"", "canonical"),
        ("mcp/policy/data.json", b'{"a":1,"a":1}', "canonical"),
        ("mcp/policy/data.json", b'{"a":"\xff"}', "canonical"),
        ("mcp/policy/data.json", b'{"a":"\\ud800"}', "canonical"),
        ("mcp/policy/data.json", b'{"a":NaN}', "canonical"),
        ("mcp/policy/data.json", b'{"a":' * 100_000, "canonical"),
        ("mcp/authz/authz.rego", b"\xff", "UTF-8"),
    ],
)
def test_a_part_that_cannot_be_read_is_refused(name: str, content: bytes, why: str) -> None:
    refused(changed(name, lambda _: content), why)


def test_an_archive_in_another_form_is_refused() -> None:
    refused(packed(entries(BUILT), tarfile.GNU_FORMAT), "another program")
    extended = [(name, content, {"pax_headers": {"path": "data.json"}}) for name, content, _ in entries(BUILT)]
    refused(packed(extended, tarfile.PAX_FORMAT), "no plain file")


@pytest.mark.parametrize("header", [{"mode": 0o755}, {"mtime": 1}, {"uid": 1}, {"uname": "root"}])
def test_an_archive_with_other_headers_is_refused(header: dict[str, object]) -> None:
    refused(packed([(name, content, header) for name, content, _ in entries(BUILT)]), "another program")


def test_an_archive_in_another_order_or_with_a_tail_is_refused() -> None:
    refused(packed(entries(BUILT)[::-1]), "another program")
    refused(gzip.compress(gzip.decompress(BUILT) + b"\0" * 512), "another program")
    refused(gzip.compress(gzip.decompress(BUILT).rstrip(b"\0")), "another program|damaged")


def test_damage_of_any_byte_of_the_archive_is_refused_with_a_sentence() -> None:
    tar = gzip.decompress(BUILT)
    places = random.Random(7).sample(range(len(tar)), 500)  # noqa: S311 (a sample of places, no secret)
    for place in [*range(512), *places]:
        damaged = bytearray(tar)
        damaged[place] ^= 0x55
        refused(gzip.compress(bytes(damaged), 1), "bundle")


@settings(max_examples=200)
@given(st.binary(max_size=2000))
def test_whatever_the_bytes_only_a_bundle_error_escapes(raw: bytes) -> None:
    for attempt in (raw, zlib.compress(raw, wbits=31)):
        refused(attempt, "bundle")


def test_rego_of_a_name_that_is_no_part_of_a_bundle_is_not_built() -> None:
    with pytest.raises(BundleError, match="no part of a bundle"):
        bundle.build(DATA, {"../authz.rego": ""})


def test_what_was_built_is_read_back_whole() -> None:
    sealed = bundle.seal(DATA, bundle.digest(REGO))
    manifest = {
        "metadata": {"mcp_opa": {"format": 1}},
        "rego_version": 1,
        "revision": sealed["revision"],
        "roots": ["mcp/authz", "mcp/lib", "mcp/policy", "system/log"],
    }
    assert bundle.read(BUILT) == Bundle(sealed, REGO, manifest)


def test_the_same_parts_give_the_same_bytes_sealed_or_not_in_any_order() -> None:
    sealed = bundle.seal(DATA, bundle.digest(REGO))
    assert bundle.build(dict(reversed(sealed.items())), dict(reversed(REGO.items()))) == BUILT


def test_the_file_holds_no_name_no_time_and_no_owner() -> None:
    assert BUILT[:10] == b"\x1f\x8b\x08\0\0\0\0\0\x02\xff"
    with tarfile.open(fileobj=io.BytesIO(BUILT)) as archive:
        members = list(archive)
    assert {(m.type, m.mode, m.mtime, m.uid, m.gid, m.uname, m.gname) for m in members} == {
        (tarfile.REGTYPE, 0o644, 0, 0, 0, "", "")
    }
    assert [member.name for member in members] == [".manifest", *sorted(["mcp/policy/data.json", *REGO])]


def test_manifest_and_data_stand_in_the_form_whose_hash_opa_verifies() -> None:
    files = {name: content for name, content, _ in entries(BUILT)}
    for name in (".manifest", "mcp/policy/data.json"):
        assert files[name] == canonical(json.loads(files[name]))
    assert "<é\\u2028\U0001f600\\u0000>".encode() in files["mcp/policy/data.json"]


def test_the_revision_is_that_of_the_data_and_of_the_rego() -> None:
    digest = bundle.digest(REGO)
    revision = hashlib.sha256(canonical(DATA) + digest.encode()).hexdigest()
    assert bundle.seal(DATA, digest) == DATA | {"revision": revision}
    assert bundle.seal(DATA | {"revision": "old"}, digest)["revision"] == revision
    assert bundle.seal(DATA | {"text": ""}, digest)["revision"] != revision
    assert bundle.seal(DATA, bundle.digest(REGO | {"mcp/lib/path/path.rego": ""}))["revision"] != revision


@pytest.mark.live
def test_opa_loads_a_bundle_and_answers_from_its_data(live_opa: Callable[..., str], tmp_path: Path) -> None:
    path = tmp_path / "bundle.tar.gz"
    path.write_bytes(BUILT)
    url = live_opa(path) + "/v1/data/mcp/authz/about?provenance=true"
    answer = requests.post(url, json={"input": {"id": "7"}}, timeout=30).json()
    assert answer["result"] == {"id": "7", "text": DATA["text"]}
    (loaded,) = answer["provenance"]["bundles"].values()
    assert loaded == {"revision": bundle.read(BUILT).data["revision"]}
