"""Tokens and certificates: what is odd refuses with a sentence, what is replaced counts from the next question on."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trustme

from mcp_opa.model import Answer, Cause, Question
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.server import OpaServer, Tls
from tests.pdp.conftest import POLICY

ABOUT = Answer({"id": "7", "revision": "one"})
DOOR = """
package system.authz

default allow := false

allow if input.identity == data.door.token

allow if input.path == ["health"]
"""
NOWHERE = "http://127.0.0.1:9"
NO_TOKEN = "holds no token; write one there: printable ASCII on one line, without spaces"  # noqa: S105 (a sentence)
Live = Callable[..., str]


def about(engine: OpaServer) -> Answer:
    return engine.ask(Question.ABOUT, b'{"id": "7"}')


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that answers `about`, with a door that knows one token."""
    made = tmp_path_factory.mktemp("bundle")
    (made / "policy.rego").write_text(POLICY)
    (made / "door.rego").write_text(DOOR)
    (made / "data.json").write_text('{"door": {"token": "secret"}, "mcp": {"policy": {"revision": "one"}}}')
    return made


# Tokens


def odd_tokens() -> dict[str, Callable[[Path], object]]:
    return {
        "empty": lambda path: path.write_text("\n"),
        "two lines": lambda path: path.write_text("secret\nsecret\n"),
        "a header in it": lambda path: path.write_text("secret\r\nX-Y: z"),
        "a space": lambda path: path.write_text("a secret"),
        "not ASCII": lambda path: path.write_text("sécret"),
        "NUL": lambda path: path.write_bytes(b"sec\0ret"),
        "binary": lambda path: path.write_bytes(os.urandom(99) + b"\xff"),
        "far too long": lambda path: path.write_text("x" * 8193),
    }


@pytest.mark.parametrize("write", odd_tokens().values(), ids=odd_tokens())
def test_a_file_without_a_token_is_refused_and_not_quoted(write: Callable[[Path], object], tmp_path: Path) -> None:
    path = tmp_path / "token"
    write(path)
    with pytest.raises(EngineError) as raised:
        OpaServer(NOWHERE, token_file=path)
    assert str(raised.value) == f"{path}: {NO_TOKEN}"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("nowhere", "No such file or directory"),
        (".", "is no plain file of at most"),
        ("pipe", "is no plain file"),
        ("a\0b", "is no name of a file"),
    ],
)
def test_what_is_no_file_is_refused(name: str, sentence: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(EngineError, match=sentence):
        OpaServer(NOWHERE, token_file=f"{tmp_path}/{name}")
    with pytest.raises(EngineError, match=sentence):
        OpaServer("https://127.0.0.1:9", tls=Tls(ca=f"{tmp_path}/{name}"))


@pytest.mark.live
def test_a_token_counts_as_soon_as_its_file_does(live_opa: Live, folder: Path, tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("secret\n")
    address = live_opa(folder, options=["--authentication=token", "--authorization=basic"])
    with OpaServer(address, token_file=token, deadline_seconds=20) as engine:
        assert about(engine) == ABOUT
        replace(token, "wrong")
        refused = "it wants a token that its policy `system.authz` knows: see the token file, and that OPA has the same"
        assert about(engine) == Answer(cause=Cause.UNAVAILABLE, detail=f"OPA answered with status 401: {refused} token")
        replace(token, "")
        assert about(engine) == Answer(cause=Cause.UNAVAILABLE, detail=f"{token}: {NO_TOKEN}")
        token.unlink()
        assert about(engine) == Answer(cause=Cause.UNAVAILABLE, detail=f"{token}: No such file or directory")
        replace(token, "secret")
        assert about(engine) == ABOUT
    with OpaServer(address, deadline_seconds=20) as engine:
        assert about(engine).detail.startswith("OPA answered with status 401: ")


def replace(path: Path, content: str | bytes) -> None:
    """As one replaces a file that others read."""
    part = path.with_suffix(".part")
    part.write_bytes(content.encode() if isinstance(content, str) else content)
    part.replace(path)


# Certificates


def test_a_certificate_without_its_key_is_refused() -> None:
    for tls in (Tls(cert="a"), Tls(key="a")):
        with pytest.raises(EngineError, match="needs its key, and a key its certificate"):
            OpaServer("https://127.0.0.1:9", tls=tls)


def test_files_that_hold_no_certificates_are_refused(tmp_path: Path) -> None:
    leaf = issued(trustme.CA(), tmp_path, "client")
    for content in (b"", b"no PEM", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", b"\xff\0"):
        (tmp_path / "odd").write_bytes(content)
        with pytest.raises(EngineError, match="odd: holds no certificates in PEM"):
            OpaServer("https://127.0.0.1:9", tls=Tls(ca=tmp_path / "odd"))
        for tls in (Tls(cert=tmp_path / "odd", key=leaf.key), Tls(cert=leaf.cert, key=tmp_path / "odd")):
            with pytest.raises(EngineError, match="are not a certificate in PEM and its private key"):
                OpaServer("https://127.0.0.1:9", tls=tls)


def test_a_key_that_is_not_the_certificate_s_is_refused(tmp_path: Path) -> None:
    one, other = issued(trustme.CA(), tmp_path, "one"), issued(trustme.CA(), tmp_path, "other")
    with pytest.raises(EngineError, match="are not a certificate in PEM and its private key"):
        OpaServer("https://127.0.0.1:9", tls=Tls(cert=one.cert, key=other.key))


def test_a_key_with_a_passphrase_is_refused_without_asking_for_it(tmp_path: Path) -> None:
    leaf = issued(trustme.CA(), tmp_path, "client")
    locked = [
        "openssl",
        "pkey",
        "-in",
        str(leaf.key),
        "-aes256",
        "-passout",
        "pass:secret",
        "-out",
        str(tmp_path / "locked"),
    ]
    subprocess.run(locked, check=True, capture_output=True)
    with pytest.raises(EngineError, match="without a passphrase"):
        OpaServer("https://127.0.0.1:9", tls=Tls(cert=leaf.cert, key=tmp_path / "locked"))


def issued(authority: trustme.CA, folder: Path, name: str) -> Tls:
    """A certificate for 127.0.0.1, in files."""
    leaf = authority.issue_cert("127.0.0.1")
    made = Tls(ca=folder / f"{name}.ca", cert=folder / f"{name}.cert", key=folder / f"{name}.key")
    authority.cert_pem.write_to_path(str(made.ca))
    (folder / f"{name}.cert").write_bytes(b"".join(blob.bytes() for blob in leaf.cert_chain_pems))
    leaf.private_key_pem.write_to_path(str(made.key))
    return made


@contextmanager
def secured(opa: Path, folder: Path, server: Tls, clients: Path | str | None) -> Iterator[str]:
    """An OPA that speaks TLS, to clients of one authority alone if it is told so."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    command = [str(opa), "run", "--server", "--skip-version-check", "--log-level=error", "--addr", address]
    command += ["--tls-cert-file", str(server.cert), "--tls-private-key-file", str(server.key)]
    command += ["--authentication=tls", "--tls-ca-cert-file", str(clients)] if clients else []
    with subprocess.Popen(
        [*command, "--bundle", str(folder)], stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as run:
        try:
            patience = time.monotonic() + 60
            while not listens(address) and run.poll() is None and time.monotonic() < patience:
                time.sleep(0.05)
            yield f"https://{address}"
        finally:
            run.kill()


def listens(address: str) -> bool:
    host, port = address.split(":")
    with socket.socket() as probe:
        return probe.connect_ex((host, int(port))) == 0


def settled(engine: OpaServer) -> Answer:
    """The answer once the bundle is active."""
    patience = time.monotonic() + 60
    while (answer := about(engine)).cause is Cause.UNDEFINED and time.monotonic() < patience:
        time.sleep(0.05)
    return answer


@pytest.mark.live
def test_an_opa_is_trusted_by_its_authority_alone_and_a_client_by_its_certificate(
    opa: Path, folder: Path, tmp_path: Path
) -> None:
    authority = trustme.CA()
    server, client = issued(authority, tmp_path, "server"), issued(authority, tmp_path, "client")
    foreign = issued(trustme.CA(), tmp_path, "foreign")
    with secured(opa, folder, server, server.ca) as address:

        def answer(tls: Tls | None) -> Answer:
            with OpaServer(address, tls=tls, deadline_seconds=20) as engine:
                return settled(engine)

        assert answer(client) == ABOUT
        for tls in (None, Tls(ca=foreign.ca, cert=client.cert, key=client.key)):
            assert answer(tls).cause is Cause.UNAVAILABLE
            assert "the certificate of 127.0.0.1:" in answer(tls).detail
        for tls in (Tls(ca=server.ca), Tls(ca=server.ca, cert=foreign.cert, key=foreign.key)):
            assert answer(tls).cause is Cause.UNAVAILABLE
            assert "want a client certificate?" in answer(tls).detail


@pytest.mark.live
def test_certificates_count_as_soon_as_their_files_do(opa: Path, folder: Path, tmp_path: Path) -> None:
    server = issued(trustme.CA(), tmp_path, "server")
    trusted, foreign = tmp_path / "trusted.ca", issued(trustme.CA(), tmp_path, "foreign").ca
    good, bad = Path(str(server.ca)).read_bytes(), Path(str(foreign)).read_bytes()
    replace(trusted, good)
    with (
        secured(opa, folder, server, None) as address,
        OpaServer(address, tls=Tls(ca=trusted), deadline_seconds=20) as engine,
    ):
        assert settled(engine) == ABOUT
        replace(trusted, bad)
        assert "is not to be trusted: " in about(engine).detail
        replace(trusted, good[:99])
        assert about(engine) == Answer(cause=Cause.UNAVAILABLE, detail=f"{trusted}: holds no certificates in PEM")
        replace(trusted, good)
        assert about(engine) == ABOUT


@pytest.mark.live
def test_an_opa_of_another_host_is_not_trusted(opa: Path, folder: Path, tmp_path: Path) -> None:
    server = issued(trustme.CA(), tmp_path, "server")
    with secured(opa, folder, server, None) as address:
        elsewhere = address.replace("127.0.0.1", "localhost")
        with OpaServer(elsewhere, tls=Tls(ca=server.ca), deadline_seconds=20) as engine:
            answer = about(engine)
    assert answer.cause is Cause.UNAVAILABLE
    assert "Hostname mismatch" in answer.detail


@pytest.mark.live
def test_an_opa_that_wants_tls_says_so_to_who_asks_without(opa: Path, folder: Path, tmp_path: Path) -> None:
    with (
        secured(opa, folder, issued(trustme.CA(), tmp_path, "server"), None) as address,
        OpaServer(address.replace("https", "http"), deadline_seconds=20) as engine,
    ):
        assert about(engine).detail.startswith("OPA answered with status 400: ")
