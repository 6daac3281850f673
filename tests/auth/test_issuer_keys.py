"""An issuer's server of keys, in every state that it can be in: real sockets on loopback."""

from __future__ import annotations

import gzip
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anyio
import pytest
import trustme

from mcp_opa.auth import AuthError, Unauthenticated, key_set
from mcp_opa.auth.issuer_keys import FRESH, OLDEST, PAUSE, UrlKeys
from tests.auth import issuer
from tests.auth.issuer import PATIENCE, Script, Server, jwk, key, reply, serving
from tests.faults import certificates

DEADLINE = 1.5


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def keys(server: Server, clock: Clock) -> UrlKeys:
    return UrlKeys(server.url, deadline_seconds=DEADLINE, clock=clock)


def found(keys: UrlKeys, kid: str = "k1") -> str:
    """The algorithm of a key, or why there is none."""
    try:
        return anyio.run(keys.key, kid).algorithm_name
    except Unauthenticated as refusal:
        return f"{refusal.status} {refusal.detail}"


UNKNOWN = "401 the token is signed by a key that its issuer doesn't have"


def silent(peer: socket.socket) -> None:
    peer.settimeout(PATIENCE)
    peer.recv(1)


def drip(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
    while True:
        peer.sendall(b" ")
        time.sleep(0.05)


def drip_headers(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.sendall(b"X: y\r\n")
        time.sleep(0.05)


def interim(peer: socket.socket) -> None:
    while True:
        peer.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        time.sleep(0.02)


def endless(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        peer.sendall(b" " * 65536)


def half(peer: socket.socket) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{")


def nothing(_: socket.socket) -> None:
    """Close at once."""


def garbage(peer: socket.socket) -> None:
    peer.sendall(b"\x00\x01\x02garbage\r\n\r\n")


GOOD = issuer.key_set()
NO_JSON = "not JSON: Expecting value: line 1 column 1 (char 0); a set of keys is JSON, as RFC 7517 has it"


FAULTS: list[tuple[Script, str]] = [
    (silent, "gave no whole answer within 1.5 s"),
    (drip, "gave no whole answer within 1.5 s"),
    (drip_headers, "gave no whole answer within 1.5 s"),
    (interim, "gave no whole answer within 1.5 s"),
    (endless, f"answered with more than {key_set.MAX_BYTES} bytes"),
    (half, "can't be asked: peer closed connection without sending complete message body"),
    (nothing, "can't be asked: Server disconnected without sending a response."),
    (garbage, "can't be asked: illegal status line"),
    (reply(GOOD, "302 Found", "Location: /keys"), "answered 302; the address must give the keys themselves"),
    (reply(GOOD, "307 Temporary Redirect", "Location: /keys"), "answered 307; the address must give the keys"),
    (reply(GOOD, "500 Internal Server Error"), "answered 500; the address must give the keys themselves"),
    (reply(GOOD, "404 Not Found"), "answered 404; the address must give the keys themselves"),
    (reply(GOOD, "203 Other"), "answered 203; the address must give the keys themselves"),
    (reply(gzip.compress(b" " * 10**7), "200 OK", "Content-Encoding: gzip"), "answered in an encoding that it"),
    (reply(b""), NO_JSON),
    (reply(b"<html>sign in</html>"), NO_JSON),
    (reply(b"{}"), "is no set of keys"),
    (reply(b'{"keys": []}'), "has no key that can be used"),
    (reply(issuer.key_set({"kty": "oct", "k": "AAAA", "kid": "k1"})), "has no key that can be used"),
]


@pytest.mark.parametrize(("script", "why"), FAULTS, ids=range(len(FAULTS)))
def test_an_issuer_that_gives_no_keys_refuses_in_time_and_counts_again_when_it_does(
    server: Server, keys: UrlKeys, clock: Clock, script: Script, why: str
) -> None:
    server.script = script
    began = time.monotonic()
    told = found(keys)
    assert time.monotonic() - began < DEADLINE + 1
    assert told.startswith(f"503 tokens can't be verified: {server.url}: {why}")
    assert anyio.run(keys.trouble).startswith(f"{server.url}: {why}")
    server.script = reply(GOOD)
    clock.now += PAUSE
    assert (found(keys), anyio.run(keys.trouble), server.asked) == ("ES256", "", 2)


def test_nobody_listening_refuses(clock: Clock) -> None:
    with serving() as gone:
        url = gone.url
    told = found(UrlKeys(url, deadline_seconds=DEADLINE, clock=clock))
    assert told == f"503 tokens can't be verified: {url}: can't be asked: All connection attempts failed"


def test_keys_are_kept_while_they_are_fresh(server: Server, keys: UrlKeys, clock: Clock) -> None:
    assert [found(keys) for _ in range(3)] == ["ES256"] * 3
    clock.now = FRESH
    assert (found(keys), server.asked) == ("ES256", 1)
    clock.now += 1
    assert (found(keys), server.asked) == ("ES256", 2)


def test_a_key_that_is_withdrawn_stops_working(server: Server, keys: UrlKeys, clock: Clock) -> None:
    assert found(keys) == "ES256"
    server.script = reply(issuer.key_set(jwk(key(which=1), "k2")))
    clock.now = FRESH + 1
    assert (found(keys), found(keys, "k2")) == (UNKNOWN, "ES256")


def test_old_keys_count_while_the_server_is_gone_and_not_for_ever(server: Server, keys: UrlKeys, clock: Clock) -> None:
    assert found(keys) == "ES256"
    server.script = nothing
    clock.now = OLDEST
    assert (found(keys), anyio.run(keys.trouble)) == ("ES256", "")
    clock.now += 1
    assert found(keys).startswith("503 ")
    server.script = reply(GOOD)
    clock.now += PAUSE
    assert found(keys) == "ES256"


def test_a_new_key_is_fetched_at_once_but_unknown_names_do_not_flood_the_issuer(
    server: Server, keys: UrlKeys, clock: Clock
) -> None:
    assert found(keys) == "ES256"
    server.script = reply(issuer.key_set(jwk(key()), jwk(key("EdDSA"), "k2")))
    clock.now = PAUSE
    assert (found(keys, "k2"), server.asked) == ("EdDSA", 2)
    assert [found(keys, f"../{number}") for number in range(50)] == [UNKNOWN] * 50
    assert (found(keys), server.asked) == ("ES256", 2)


def test_who_has_a_key_does_not_wait_for_who_asks(server: Server, keys: UrlKeys, clock: Clock) -> None:
    assert found(keys) == "ES256"
    server.script = silent
    clock.now = FRESH + 1
    told: list[str] = []

    async def ask(kid: str) -> None:
        try:
            told.append((await keys.key(kid)).algorithm_name)
        except Unauthenticated as refusal:
            told.append(refusal.detail)

    async def both() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(ask, "k2")
            await anyio.sleep(0.05)
            group.start_soon(ask, "k1")

    anyio.run(both)
    assert told == ["ES256", "the token is signed by a key that its issuer doesn't have"]
    assert server.asked == 2


def test_many_that_wait_ask_once(server: Server, keys: UrlKeys) -> None:
    async def all_of_them() -> list[str]:
        told: list[str] = []

        async def ask() -> None:
            told.append((await keys.key("k1")).algorithm_name)

        async with anyio.create_task_group() as group:
            for _ in range(50):
                group.start_soon(ask)
        return told

    assert (anyio.run(all_of_them), server.asked) == (["ES256"] * 50, 1)


def test_a_caller_who_goes_away_does_not_take_the_keys_away(server: Server, keys: UrlKeys) -> None:
    def late(peer: socket.socket) -> None:
        time.sleep(0.2)
        reply(GOOD)(peer)

    server.script = late

    async def leave() -> None:
        with anyio.move_on_after(0.05):
            await keys.key("k1")

    anyio.run(leave)
    assert (found(keys), server.asked) == ("ES256", 1)


def test_the_environment_has_no_say(
    server: Server, keys: UrlKeys, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login a password b\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("HOME", str(tmp_path))
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert (found(keys), server.asked) == ("ES256", 1)


def test_over_tls_the_authority_that_is_named_counts_and_no_other(tmp_path: Path, clock: Clock) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(certificates.authority().cert_pem.bytes())
    with serving(certificates.good()) as server:
        assert found(UrlKeys(server.url, ca=ca, deadline_seconds=DEADLINE, clock=clock)) == "ES256"
        told = found(UrlKeys(server.url, deadline_seconds=DEADLINE, clock=clock))
        assert "certificate verify failed" in told


@pytest.mark.parametrize(
    "made", [certificates.expired, certificates.elsewhere, certificates.foreign, certificates.self_signed]
)
def test_a_certificate_that_proves_nothing_refuses(made: Callable[[], object], tmp_path: Path, clock: Clock) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_bytes(certificates.authority().cert_pem.bytes())
    with serving(made()) as server:  # type: ignore[arg-type]
        told = found(UrlKeys(server.url, ca=ca, deadline_seconds=DEADLINE, clock=clock))
        assert told.startswith(f"503 tokens can't be verified: {server.url}: can't be asked: [SSL: CERTIFICATE")
        assert server.asked == 0


@pytest.mark.parametrize(
    "url",
    [
        *("", "keys.json", "/etc/keys.json", "file:///etc/keys.json", "ftp://a.example/k", "//a.example/k", "https://"),
        *("http://a.example/k", "http://127.0.0.1.a.example/k", "http://10.0.0.1/k", "http://[::ffff:10.0.0.1]/k"),
        *(
            "http://0.0.0.0/k",
            "http://localhost.a.example/k",
            "http://127.0.0.1@a.example/k",
            "https://u:p@a.example/k",
        ),
        *("http://2130706433.example/k", "https://a.example/k#f", "https://a.example:99999/k", "https://a\nb/k"),
        *("http://loc\u00e4lhost/k", "javascript:alert(1)"),
    ],
)
def test_an_address_that_is_open_to_others_is_refused(url: str) -> None:
    with pytest.raises(AuthError) as caught:
        UrlKeys(url)
    assert str(caught.value) == f"{url}: is no address for keys; write https://…, or http:// on loopback"


@pytest.mark.parametrize("url", ["https://a.example/k", "http://127.0.0.1:1/k", "http://[::1]/k", "http://localhost/k"])
def test_an_address_over_tls_or_on_loopback_is_taken(url: str) -> None:
    UrlKeys(url)


def test_authorities_that_are_none_are_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "odd.pem").write_text("x")
    for name, why in (("odd.pem", "holds no certificates in PEM"), ("none.pem", "No such file or directory")):
        with pytest.raises(AuthError) as caught:
            UrlKeys("https://a.example/k", ca=tmp_path / name)
        assert str(caught.value) == f"{tmp_path / name}: {why}"


def test_authorities_count_as_soon_as_their_file_does(tmp_path: Path, clock: Clock) -> None:
    ca = tmp_path / "ca.pem"
    trustme.CA().cert_pem.write_to_path(str(ca))
    with serving(certificates.good()) as server:
        keys = UrlKeys(server.url, ca=ca, deadline_seconds=DEADLINE, clock=clock)
        assert found(keys).startswith(f"503 tokens can't be verified: {server.url}: can't be asked: [SSL: CERTIFICATE")
        ca.unlink()
        clock.now += PAUSE
        assert found(keys) == f"503 tokens can't be verified: {server.url}: {ca}: No such file or directory"
        certificates.authority().cert_pem.write_to_path(str(ca))
        clock.now += PAUSE
        assert found(keys) == "ES256"
