"""Policy data and Rego as one file that OPA loads, and back.

Guarantees: the same data and Rego give the same bytes (with the same zlib). `read` takes nothing but what `build`
writes: it is bounded, names and contents are compared with what they must be, and the archive, made again from what was
read, must be the archive that was given; so no two readers of it see different things. `.manifest` and `data.json`
stand in OPA's canonical form, whose hash a signature covers. A signed bundle is read only by whoever has its key, an
unsigned one only by whoever asks for no signature. It holds no Wasm and no tests.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_opa.contract import canonical
from mcp_opa.model import Json
from mcp_opa.signature import SignatureError, Signer, Verifier

FORMAT = 1
MAX_BYTES = 64 * 1024 * 1024
"""Of a bundle as a file."""
MAX_UNPACKED = 128 * 1024 * 1024
DATA = "mcp/policy/data.json"
MANIFEST = ".manifest"
SIGNATURES = ".signatures.json"
_REGO = re.compile(r"(?=.{1,100}\Z)[a-z0-9_]+/[a-z0-9_]+(/[a-z0-9_]+)*\.rego\Z")
_BLOCK = 512
_GZIP = 31
_AGAIN = "build it again with `mcp-opa build`"


class BundleError(ValueError):
    """The bytes are no bundle that mcp-opa built; the message says why."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """What a bundle holds."""

    data: dict[str, Json]
    """The policy data, sealed."""
    rego: dict[str, str]
    """The text of each Rego file, by its path."""
    manifest: dict[str, Json]


def digest(rego: Mapping[str, str]) -> str:
    """SHA-256, in hex, of the Rego files: of their canonical JSON `{path: text}`."""
    return hashlib.sha256(canonical(dict(rego))).hexdigest()


def seal(data: Mapping[str, Json], rego_digest: str) -> dict[str, Json]:
    """The policy data with its `revision`: SHA-256 of the canonical data without it, followed by the Rego's digest."""
    bare = {key: value for key, value in data.items() if key != "revision"}
    return {**bare, "revision": hashlib.sha256(canonical(bare) + rego_digest.encode()).hexdigest()}


def build(data: Mapping[str, Json], rego: Mapping[str, str], *, signer: Signer | None = None) -> bytes:
    """The bundle of these policy data, sealed or not, and this Rego. Raises `BundleError` for an odd name in `rego`."""
    files = _files(data, rego)
    if signer:
        files[SIGNATURES] = signer.sign(files)
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", 9, packed, mtime=0) as file:
        file.write(_tar(files))
    return packed.getvalue()


def read(raw: bytes, *, verifier: Verifier | None = None) -> Bundle:
    """The parts of a bundle: a signed one with a verifier, an unsigned one without.

    Raises `BundleError`, and nothing else, whatever the bytes.
    """
    tar = _unpacked(raw)
    files = _members(tar)
    if tar != _tar(files):
        raise BundleError(f"the bundle was packed by another program, which readers may take differently; {_AGAIN}")
    _verify(files, files.pop(SIGNATURES, None), verifier)
    manifest, data = (_json(files, name) for name in (MANIFEST, DATA))
    try:
        rego = {name: raw.decode() for name, raw in files.items() if name not in (MANIFEST, DATA)}
    except UnicodeDecodeError as error:
        raise BundleError(f"the bundle's Rego is not UTF-8; {_AGAIN}") from error
    try:
        made = _files(data, rego)
    except RecursionError as error:
        raise BundleError(f"the bundle's {DATA} is nested too deep; {_AGAIN}") from error
    for name, content in made.items():
        if files[name] != content:
            raise BundleError(f"the bundle's {name} is not what its other parts make it; {_AGAIN}")
    return Bundle(data, rego, manifest)


def _verify(files: Mapping[str, bytes], signatures: bytes | None, verifier: Verifier | None) -> None:
    """As OPA: who has a key takes no unsigned bundle, and who has none takes no signed one."""
    if verifier is None:
        if signatures is not None:
            raise BundleError("the bundle is signed, and no key was given; name the public key that verifies it")
        return
    if signatures is None:
        raise BundleError("the bundle is not signed; build it again with `mcp-opa build --signing-key`")
    try:
        verifier.verify(files, signatures)
    except SignatureError as error:
        raise BundleError(f"the bundle is not verified: {error}") from error


def _files(data: Mapping[str, Json], rego: Mapping[str, str]) -> dict[str, bytes]:
    """Every file of the bundle, by its name."""
    sealed = seal(data, digest(rego))
    manifest = {
        "metadata": {"mcp_opa": {"format": FORMAT}},
        "rego_version": 1,
        "revision": sealed["revision"],
        "roots": _roots(rego),
    }
    texts = {name: text.encode() for name, text in rego.items()}
    return {MANIFEST: canonical(manifest), DATA: canonical(sealed), **texts}


def _roots(rego: Mapping[str, str]) -> list[str]:
    """What the bundle owns of OPA's data: the policy data, and the first two names of every package's path."""
    for name in rego:
        if not _REGO.match(name):
            raise BundleError(f"{name[:100]!r} is no part of a bundle; {_AGAIN}")
    return sorted({"mcp/policy", *("/".join(name.split("/")[:2]) for name in rego)})


def _tar(files: Mapping[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return packed.getvalue()


def _unpacked(raw: bytes) -> bytes:
    if len(raw) > MAX_BYTES:
        raise BundleError(f"the bundle has {len(raw)} bytes, at most {MAX_BYTES} are read")
    unzip = zlib.decompressobj(_GZIP)
    try:
        tar = unzip.decompress(raw, MAX_UNPACKED + 1)
    except zlib.error as error:
        raise BundleError(f"the bundle is no gzip file: {error}") from error
    if len(tar) > MAX_UNPACKED:
        raise BundleError(f"the bundle unpacks to more than {MAX_UNPACKED} bytes")
    if not unzip.eof or unzip.unused_data:
        raise BundleError("the bundle is cut off, or something follows its end; copy it again")
    return tar


def _members(tar: bytes) -> dict[str, bytes]:
    """The files of an archive by name, read as `_tar` writes them: plain files, each once, and no other headers."""
    files: dict[str, bytes] = {}
    at = 0
    while tar[at : at + 1] not in (b"", b"\0"):
        header = tar[at : at + _BLOCK]
        try:
            name, size = header[:100].rstrip(b"\0").decode("ascii"), int(header[124:135], 8)
        except ValueError as error:
            raise BundleError(f"the bundle's archive is damaged; {_AGAIN}") from error
        if header[156:157] != tarfile.REGTYPE or size < 0 or name in files:
            raise BundleError(f"the bundle's {name!r} is no plain file, or stands there twice; {_AGAIN}")
        at += _BLOCK
        files[name] = tar[at : at + size]
        at += -(-size // _BLOCK) * _BLOCK
    return files


def _json(files: Mapping[str, bytes], name: str) -> dict[str, Json]:
    """The object in a file, which stands in canonical form: no key is there twice, no number or text is odd."""
    if name not in files:
        raise BundleError(f"the bundle has no {name}; {_AGAIN}")
    try:
        value: dict[str, Json] = json.loads(files[name])
        whole = type(value) is dict and canonical(value) == files[name]
    except (ValueError, RecursionError):
        whole = False
    if not whole:
        raise BundleError(f"the bundle's {name} is no JSON object in canonical form; {_AGAIN}")
    return value
