"""Signatures: what no key is, then what is refused, each row of it judged by OPA too, then what is signed."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
import random
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, x25519
from hypothesis import given
from hypothesis import strategies as st
from jwt import PyJWS

from mcp_opa import bundle
from mcp_opa.bundle import SIGNATURES, BundleError
from mcp_opa.contract import canonical
from mcp_opa.signature import SignatureError, Signer, Verifier
from tests.test_bundle import BUILT, DATA, REGO, entries, packed

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
PEM, PKCS8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
TRADITIONAL, OPENSSH = serialization.PrivateFormat.TraditionalOpenSSL, serialization.PrivateFormat.OpenSSH
ENCRYPTED = serialization.BestAvailableEncryption(b"secret")
FILES = {name: content for name, content, _ in entries(BUILT)}


@cache
def key(name: str) -> Private:
    """One key for each name, `RS256`, `ES256 other`, …; the first word tells its kind."""
    match name.split(maxsplit=1)[0]:
        case "RS1024":
            return rsa.generate_private_key(65537, 1024)  # noqa: S505 (a weak key is what is refused)
        case "RS256":
            return rsa.generate_private_key(65537, 2048)
        case "ES256":
            return ec.generate_private_key(ec.SECP256R1())
        case _:
            return ed25519.Ed25519PrivateKey.generate()


def private(one: Private | ed448.Ed448PrivateKey | x25519.X25519PrivateKey) -> bytes:
    return one.private_bytes(PEM, PKCS8, serialization.NoEncryption())


def public(one: Private | ed448.Ed448PrivateKey | x25519.X25519PrivateKey) -> bytes:
    return one.public_key().public_bytes(PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


def pem(label: str, der: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n{base64.b64encode(der).decode()}\n-----END {label}-----\n".encode()


def for_pss(one: bytes) -> bytes:
    """The same RSA key, said to be for PSS alone."""
    lines = one.decode().splitlines()
    der = base64.b64decode("".join(lines[1:-1]))
    kind = bytes.fromhex("06092a864886f70d0101")
    return pem(lines[0][11:-5], der.replace(kind + b"\x01", kind + b"\x0a", 1))


NO_KEYS: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "holds no parts in PEM"),
    "a text": (lambda: b"secret", "holds no parts in PEM"),
    "DER": (lambda: base64.b64decode(b"MCowBQYDK2VwAyEA"), "holds no parts in PEM"),
    "PEM after a byte order mark": (lambda: "\ufeff".encode() + private(key("RS256")), "holds no parts in PEM"),
    "two keys": (lambda: private(key("RS256")) * 2, "holds 2 parts in PEM"),
    "parameters and a key": (lambda: pem("EC PARAMETERS", b"x") + private(key("ES256")), "holds 2 parts in PEM"),
    "a certificate": (lambda: pem("CERTIFICATE", b"x"), "is a certificate; take the key out"),
    "a parameter": (lambda: pem("EC PARAMETERS", b"x"), "is a EC PARAMETERS"),
}
NO_PRIVATE_KEYS: dict[str, tuple[Callable[[], bytes], str]] = NO_KEYS | {
    "a public key": (lambda: public(key("RS256")), "is a PUBLIC KEY; the pair's private key signs"),
    "an encrypted key": (lambda: key("ES256").private_bytes(PEM, PKCS8, ENCRYPTED), "is encrypted"),
    "a key encrypted as of old": (lambda: key("RS256").private_bytes(PEM, TRADITIONAL, ENCRYPTED), "is encrypted"),
    "a key of OpenSSH": (
        lambda: key("EdDSA").private_bytes(PEM, OPENSSH, serialization.NoEncryption()),
        "in OpenSSH's form",
    ),
    "no base64": (lambda: b"-----BEGIN PRIVATE KEY-----\na\n-----END PRIVATE KEY-----\n", "can't be read"),
    "no key": (lambda: pem("PRIVATE KEY", b"nonsense"), "can't be read"),
    "a weak key": (lambda: private(key("RS1024")), "has 1024 bits, and needs 2048"),
    "a key for PSS": (lambda: for_pss(private(key("RS256"))), "for RSA-PSS alone"),
    "another curve": (lambda: private(ec.generate_private_key(ec.SECP384R1())), "curve secp384r1"),
    "a curve of coins": (lambda: private(ec.generate_private_key(ec.SECP256K1())), "curve secp256k1"),
    "Ed448": (lambda: private(ed448.Ed448PrivateKey.generate()), "of no kind"),
    "a key to agree on keys": (lambda: private(x25519.X25519PrivateKey.generate()), "of no kind"),
}
NO_PUBLIC_KEYS: dict[str, tuple[Callable[[], bytes], str]] = NO_KEYS | {
    "a private key": (lambda: private(key("RS256")), "is a PRIVATE KEY; the pair's public key verifies"),
    "no base64": (lambda: b"-----BEGIN PUBLIC KEY-----\na\n-----END PUBLIC KEY-----\n", "can't be read"),
    "no key": (lambda: pem("PUBLIC KEY", b"nonsense"), "can't be read"),
    "a weak key": (lambda: public(key("RS1024")), "has 1024 bits, and needs 2048"),
    "a key for PSS": (lambda: for_pss(public(key("RS256"))), "for RSA-PSS alone"),
    "another curve": (lambda: public(ec.generate_private_key(ec.SECP384R1())), "curve secp384r1"),
    "Ed448": (lambda: public(ed448.Ed448PrivateKey.generate()), "of no kind"),
    "a key to agree on keys": (lambda: public(x25519.X25519PrivateKey.generate()), "of no kind"),
}


@pytest.mark.parametrize(("given_", "why"), NO_PRIVATE_KEYS.values(), ids=NO_PRIVATE_KEYS.keys())
def test_what_is_no_key_to_sign_with_is_refused(given_: Callable[[], bytes], why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        Signer(given_())


@pytest.mark.parametrize(("given_", "why"), NO_PUBLIC_KEYS.values(), ids=NO_PUBLIC_KEYS.keys())
def test_what_is_no_key_to_verify_by_is_refused(given_: Callable[[], bytes], why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        Verifier(given_())


@given(st.binary(max_size=300), st.sampled_from(["PRIVATE KEY", "PUBLIC KEY", "RSA PUBLIC KEY", "EC PRIVATE KEY"]))
def test_whatever_stands_in_pem_only_a_signature_error_escapes(content: bytes, label: str) -> None:
    for raw in (content, pem(label, content), f"-----BEGIN {label}-----\n".encode() + content + b"\n-----END "):
        for read in (Signer, Verifier):
            with pytest.raises(SignatureError):
                read(raw)


@pytest.mark.parametrize(("name", "why"), [("", "is empty"), ("\udc80", "no text")])
def test_a_key_id_that_names_nothing_is_refused(name: str, why: str) -> None:
    with pytest.raises(SignatureError, match=why):
        Signer(private(key("RS256")), key_id=name)
    with pytest.raises(SignatureError, match=why):
        Verifier(public(key("RS256")), key_id=name)


def test_without_the_extra_a_sentence_names_it() -> None:
    for missing in ("jwt", "cryptography"):
        code = f"import sys; sys.modules['{missing}'] = None; from mcp_opa.signature import Verifier; Verifier(b'')"
        ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        assert ran.stderr.splitlines()[-1].endswith("pip install 'mcp-opa[signing]'")


def jws(payload: bytes, header: bytes = b'{"alg":"RS256"}', name: str = "RS256") -> str:
    """A JWS by an RSA key, whatever its header says."""
    signed = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (header, payload))
    signer = key(name)
    assert isinstance(signer, rsa.RSAPrivateKey)
    signature = signer.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    return (signed + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


def listed(**changes: str) -> list[dict[str, str]]:
    """The entries of every file, each with these changes."""
    return [entry | changes for entry in payload()["files"]]


def payload(name: str = "RS256") -> dict[str, Any]:
    """What a signature of the bundle signs."""
    token = token_of(bundle.build(DATA, REGO, signer=Signer(private(key(name)))))
    claims: dict[str, Any] = json.loads(PyJWS().decode(token, options={"verify_signature": False}))
    return claims


def token_of(raw: bytes) -> str:
    found = {name: content for name, content, _ in entries(raw)}
    token: str = json.loads(found[SIGNATURES])["signatures"][0]
    return token


def holding(signatures: bytes | str | None, files: dict[str, bytes] = FILES) -> bytes:
    """The bundle of these files with this `.signatures.json`, or around this one JWS."""
    if isinstance(signatures, str):
        signatures = canonical({"signatures": [signatures]})
    held = files if signatures is None else files | {SIGNATURES: signatures}
    return packed([(name, content, {}) for name, content in sorted(held.items())])


def claiming(**claims: object) -> bytes:
    return holding(jws(canonical(payload() | claims)))


def without(name: str) -> dict[str, bytes]:
    return {other: content for other, content in FILES.items() if other != name}


@dataclass(frozen=True)
class Row:
    """A bundle, and what we and OPA say of it: why it is refused, or nothing."""

    raw: Callable[[], bytes]
    ours: str = ""
    opa: str = ""
    scope: str = ""
    key: str | None = "RS256"


def made(name: str = "RS256", **stated: str) -> bytes:
    return bundle.build(DATA, REGO, signer=Signer(private(key(name)), **stated))


def token() -> str:
    return token_of(made())


def damaged() -> str:
    head, _, signature = token().rpartition(".")
    return f"{head}.{'B' if signature[0] == 'A' else 'A'}{signature[1:]}"


def confused() -> str:
    """Signed by the public key, as if it were a secret."""
    head = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in (b'{"alg":"HS256"}', canonical(payload())))
    signature = hmac.digest(public(key("RS256")), head, "sha256")
    return (head + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()


REGO_NAME, DATA_NAME = "mcp/authz/authz.rego", "mcp/policy/data.json"
ROWS = {
    "RS256": Row(made),
    "ES256": Row(lambda: made("ES256"), key="ES256"),
    "EdDSA": Row(lambda: made("EdDSA"), key="EdDSA"),
    "a key id": Row(lambda: made(key_id="k1")),
    "the scope that is asked for": Row(lambda: made(scope="read é"), scope="read é"),
    "no signature": Row(lambda: BUILT, "is not signed", "bundle missing .signatures.json file"),
    "a signature and no key": Row(made, "no key was given", "verification key not provided", key=None),
    "neither signature nor key": Row(lambda: BUILT, key=None),
    "another key": Row(lambda: made("RS256 other"), "of another key", "failed to verify"),
    "a key of another kind": Row(lambda: made("ES256"), "says 'ES256', the key is for RS256", "failed to verify"),
    "another scope": Row(lambda: made(scope="write"), "the scope 'write', not 'read'", "scope mismatch", scope="read"),
    "no scope": Row(made, "the scope '', not 'read'", "scope mismatch", scope="read"),
    "a scope unasked for": Row(lambda: made(scope="read"), "the scope 'read', not ''", "scope mismatch"),
    "a file altered": Row(
        lambda: holding(token(), FILES | {REGO_NAME: FILES[REGO_NAME] + b"\n"}),
        f"'{REGO_NAME}' is not as it was signed",
        "digest mismatch",
    ),
    "data altered": Row(
        lambda: holding(token(), FILES | {DATA_NAME: FILES[DATA_NAME].replace(b"actors", b"bctors")}),
        f"'{DATA_NAME}' is not as it was signed",
        "digest mismatch",
    ),
    "the manifest altered": Row(
        lambda: holding(
            token(), FILES | {".manifest": FILES[".manifest"].replace(b'"rego_version":1', b'"rego_version":0')}
        ),
        "'.manifest' is not as it was signed",
        "digest mismatch",
    ),
    "another bundle of ours": Row(
        lambda: holding(token(), {n: c for n, c, _ in entries(bundle.build(DATA | {"text": "other"}, REGO))}),
        "'.manifest' is not as it was signed",
        "digest mismatch",
    ),
    "a file added": Row(
        lambda: holding(token(), FILES | {"mcp/authz/more.rego": b"package mcp.authz\n"}),
        "'mcp/authz/more.rego' was not signed",
        "not included in bundle signature",
    ),
    "a file missing": Row(
        lambda: holding(token(), without("system/log/log.rego")),
        "'system/log/log.rego' was signed and is not there",
        "not found in the target bundle",
    ),
    "two signatures": Row(
        lambda: holding(canonical({"signatures": [token(), token()]})), "exactly one", "multiple JWTs not supported"
    ),
    "a list without signatures": Row(lambda: holding(canonical({"signatures": []})), "exactly one", "missing JWT"),
    "no list": Row(lambda: holding(b"{}"), "exactly one", "bundle missing .signatures.json file"),
    "no JSON": Row(lambda: holding(b"nonsense"), "not JSON", "signatures decode"),
    "null": Row(lambda: holding(b"null"), "no JSON object", "bundle missing .signatures.json file"),
    "a number for a signature": Row(lambda: holding(b'{"signatures":[7]}'), "one JWS", "signatures decode"),
    "no base64": Row(lambda: holding("A.A.A"), "header is not JSON", "failed to base64 decode"),
    "no JWS": Row(lambda: holding("nonsense"), "one JWS", "failed to split"),
    "a plugin": Row(
        lambda: holding(canonical({"plugin": "x", "signatures": [token()]})), "one JWS", "no verifier exists"
    ),
    "a damaged signature": Row(lambda: holding(damaged()), "of another key", "failed to verify"),
    "an empty signature": Row(lambda: holding(token().rpartition(".")[0] + "."), "one JWS", "failed to verify"),
    "no algorithm": Row(
        lambda: holding(jws(canonical(payload()), b'{"alg":"none"}').rpartition(".")[0] + "."),
        "one JWS",
        "failed to verify",
    ),
    "the public key as a secret": Row(lambda: holding(confused()), "says 'HS256'", "failed to verify"),
    "an unknown hash": Row(
        lambda: claiming(files=listed(algorithm="SHA-3")), "does not write", "unsupported hashing algorithm"
    ),
    "no hash": Row(lambda: claiming(files=listed(hash="")), "not as it was signed", "digest mismatch"),
    "no files": Row(lambda: claiming(files=[]), "was not signed", "not included in bundle signature"),
    "null files": Row(lambda: claiming(files=None), "was not signed", "not included in bundle signature"),
    "names with a slash": Row(
        lambda: claiming(files=[entry | {"name": f"/{entry['name']}"} for entry in listed()]),
        "was not signed",
        "not included in bundle signature",
    ),
    "a text signed": Row(lambda: holding(jws(b"nonsense")), "was signed is not JSON", "invalid character"),
    "a time as text": Row(lambda: claiming(iat="7"), "does not write", "cannot unmarshal"),
}
STRICTER = {
    "another hash": Row(lambda: claiming(files=listed(algorithm="MD5")), "does not write", "digest mismatch"),
    "a time": Row(lambda: claiming(iat=7), "does not write"),
    "the old claim of a key id": Row(lambda: claiming(keyid="k1"), "does not write"),
    "files in another order": Row(lambda: claiming(files=listed()[::-1]), "does not write"),
    "a claim twice": Row(lambda: holding(jws(b'{"files":[],' + canonical(payload())[1:])), "was signed is not JSON"),
    "a header that says none": Row(lambda: holding(jws(canonical(payload()), b'{"alg":"none"}')), "says 'none'"),
    "a header that says HS256": Row(lambda: holding(jws(canonical(payload()), b'{"alg":"HS256"}')), "says 'HS256'"),
    "a header without algorithm": Row(lambda: holding(jws(canonical(payload()), b"{}")), "says None"),
    "a critical header": Row(
        lambda: holding(jws(canonical(payload()), b'{"alg":"RS256","crit":["b64"],"b64":false}')), "header has 'b64'"
    ),
    "an algorithm twice": Row(
        lambda: holding(jws(canonical(payload()), b'{"alg":"RS256","alg":"RS256"}')), "header is not JSON"
    ),
    "spaces": Row(lambda: holding(canonical({"signatures": [token()]}) + b" "), "one JWS"),
    "the list twice": Row(
        lambda: holding(b'{"signatures":["x"],' + canonical({"signatures": [token()]})[1:]), "not JSON"
    ),
    "more than signatures": Row(lambda: holding(canonical({"signatures": [token()], "x": 1})), "one JWS"),
}
"""What OPA takes, or refuses for another reason, and `build` never writes."""


def verdict(row: Row) -> str:
    """Why we refuse a bundle; empty if we don't."""
    verifier = Verifier(public(key(row.key)), scope=row.scope) if row.key else None
    try:
        bundle.read(row.raw(), verifier=verifier)
    except BundleError as error:
        return str(error)
    return ""


def agrees(said: str, expected: str) -> bool:
    return expected in said if expected else not said


@pytest.mark.parametrize("row", (ROWS | STRICTER).values(), ids=(ROWS | STRICTER).keys())
def test_we_refuse_with_the_reason_of_the_row(row: Row) -> None:
    said = verdict(row)
    assert agrees(said, row.ours), said


@pytest.mark.live
@pytest.mark.parametrize("row", (ROWS | STRICTER).values(), ids=(ROWS | STRICTER).keys())
def test_opa_says_what_the_row_says_of_it(row: Row, opa: Path, tmp_path: Path) -> None:
    """OPA loads bundles before it serves, and before it reads the commands that end it here."""
    (tmp_path / "bundle.tar.gz").write_bytes(row.raw())
    command: list[str | Path] = [
        opa,
        "run",
        "--skip-version-check",
        "--bundle",
        "bundle.tar.gz",
        f"--scope={row.scope}",
    ]
    if row.key:
        (tmp_path / "key.pub").write_bytes(public(key(row.key)))
        command += ["--verification-key=key.pub", f"--signing-alg={row.key}"]
    ran = subprocess.run(command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    said = ran.stdout + ran.stderr if ran.returncode else ""
    assert agrees(said, row.opa), said


@pytest.mark.live
@pytest.mark.parametrize("name", ["RS256", "ES256", "EdDSA"])
def test_an_opa_that_serves_activates_what_is_signed(name: str, live_opa: Callable[..., str], tmp_path: Path) -> None:
    (tmp_path / "bundle.tar.gz").write_bytes(made(name, scope="read"))
    (tmp_path / "key.pub").write_bytes(public(key(name)))
    options = [f"--verification-key={tmp_path / 'key.pub'}", f"--signing-alg={name}", "--scope=read"]
    url = live_opa(tmp_path / "bundle.tar.gz", options=options)
    answer = requests.post(f"{url}/v1/data/mcp/authz/about", json={"input": {"id": "7"}}, timeout=30).json()
    assert answer == {"result": {"id": "7", "text": DATA["text"]}}


def test_where_we_are_content_so_is_opa() -> None:
    assert [name for name, row in ROWS.items() if bool(row.ours) != bool(row.opa)] == []
    assert [name for name, row in STRICTER.items() if not row.ours] == []


@pytest.mark.parametrize("name", ["RS256", "ES256", "EdDSA"])
def test_one_jws_signs_the_hash_of_every_file_as_it_stands(name: str) -> None:
    raw = made(name, key_id="k1", scope="read")
    files = [
        {"algorithm": "SHA-256", "hash": hashlib.sha256(content).hexdigest(), "name": file}
        for file, content in sorted(FILES.items())
    ]
    decoded = PyJWS().decode_complete(token_of(raw), public(key(name)), [name])
    assert decoded["header"] == {"alg": name, "kid": "k1", "typ": "JWT"}
    assert decoded["payload"] == canonical({"files": files, "scope": "read"})
    assert {file: content for file, content, _ in entries(raw)} == FILES | {
        SIGNATURES: canonical({"signatures": [token_of(raw)]})
    }


def test_the_same_parts_give_the_same_bytes_unless_es256_signs() -> None:
    assert [made(name) == made(name) for name in ("RS256", "EdDSA", "ES256")] == [True, True, False]


@pytest.mark.parametrize("name", ["RS256", "ES256", "EdDSA"])
def test_a_signed_bundle_is_read_as_the_unsigned_one(name: str) -> None:
    assert bundle.read(made(name), verifier=Verifier(public(key(name)))) == bundle.read(BUILT)


@pytest.mark.parametrize("label", ["RSA PRIVATE KEY", "EC PRIVATE KEY", "RSA PUBLIC KEY"])
def test_a_key_may_stand_in_its_older_form(label: str) -> None:
    one = key("ES256" if label.startswith("EC") else "RS256")
    older = one.private_bytes(PEM, TRADITIONAL, serialization.NoEncryption())
    if label == "RSA PUBLIC KEY":
        older = one.public_key().public_bytes(PEM, serialization.PublicFormat.PKCS1)
        assert Verifier(older).algorithm == "RS256"
    else:
        assert Signer(older).algorithm == ("ES256" if label.startswith("EC") else "RS256")
    assert label.encode() in older


@pytest.mark.parametrize(("named", "refused"), [("k1", False), ("k2", True), (None, True)])
def test_a_key_that_is_asked_for_by_name_must_be_named(named: str | None, refused: bool) -> None:  # noqa: FBT001
    raw = bundle.build(DATA, REGO, signer=Signer(private(key("RS256")), key_id=named))
    verifier = Verifier(public(key("RS256")), key_id="k1")
    if refused:
        with pytest.raises(BundleError, match=f"names the key {named!r}, not 'k1'"):
            bundle.read(raw, verifier=verifier)
    else:
        assert bundle.read(raw, verifier=verifier) == bundle.read(BUILT)


@pytest.mark.parametrize("name", sorted(FILES))
def test_no_file_can_be_altered_or_taken_away(name: str) -> None:
    verifier = Verifier(public(key("RS256")))
    for files in (FILES | {name: FILES[name] + b" "}, FILES | {name: b""}, without(name)):
        with pytest.raises(BundleError, match="not verified"):
            bundle.read(holding(token(), files), verifier=verifier)


def test_damage_of_any_byte_of_a_signed_archive_is_refused_with_a_sentence() -> None:
    verifier = Verifier(public(key("EdDSA")))
    tar = gzip.decompress(made("EdDSA"))
    for place in random.Random(7).sample(range(len(tar)), 500):  # noqa: S311 (a sample of places, no secret)
        damaged_ = bytearray(tar)
        damaged_[place] ^= 0x55
        with pytest.raises(BundleError, match="bundle"):
            bundle.read(gzip.compress(bytes(damaged_), 1), verifier=verifier)


def odd(value: object) -> bytes:
    """A list with one JWS, well signed, whose header and payload hold odd values."""
    header = json.dumps({"alg": "RS256", "kid": value}).encode()
    return canonical({"signatures": [jws(json.dumps({"files": value, "scope": value}).encode(), header)]})


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=200).map(lambda text: canonical({"signatures": [text]})),
        st.tuples(st.binary(max_size=60), st.binary(max_size=60), st.binary(max_size=60)).map(
            lambda parts: canonical(
                {"signatures": [".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)]}
            )
        ),
        st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5).map(odd),
    )
)
def test_whatever_stands_for_a_signature_only_a_signature_error_escapes(signatures: bytes) -> None:
    with pytest.raises(SignatureError):
        Verifier(public(key("RS256"))).verify(FILES, signatures)


@pytest.mark.live
@pytest.mark.parametrize(("name", "said"), [("RS256", ""), ("ES256", ""), ("EdDSA", "unsupported algorithm 'EdDSA'")])
def test_opa_takes_eddsa_from_its_command_line_alone(name: str, said: str, opa: Path, tmp_path: Path) -> None:
    """What `mcp-opa keys signing --help` says of it."""
    config = {"keys": {"k1": {"key": public(key(name)).decode(), "algorithm": name}}}
    (tmp_path / "config.json").write_text(json.dumps(config))
    command: list[str | Path] = [opa, "run", "--skip-version-check", "--config-file", tmp_path / "config.json"]
    ran = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert (ran.returncode, said in ran.stdout + ran.stderr) == (int(bool(said)), True), ran.stdout


@pytest.mark.live
def test_what_opa_built_and_signed_is_no_bundle_of_ours(opa: Path, tmp_path: Path) -> None:
    (tmp_path / "signing.key").write_bytes(private(key("RS256")))
    for name, content in FILES.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(content)
    command: list[str | Path] = [opa, "build", "--bundle", "folder", "--signing-key", "signing.key"]
    subprocess.run(command, cwd=tmp_path, capture_output=True, check=True)
    with pytest.raises(BundleError, match="packed by another program"):
        bundle.read((tmp_path / "bundle.tar.gz").read_bytes(), verifier=Verifier(public(key("RS256"))))
