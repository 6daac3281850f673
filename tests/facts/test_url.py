"""A URL is known only where every client would ask the same host."""

import ipaddress
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_opa.facts import url
from mcp_opa.model import Json

TABLE = yaml.safe_load((Path(__file__).parent / "urls.yaml").read_text())
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443, "ftp": 21}
WHITE = "\t\n\v\f\r\x1c\x1f\x85 \xa0\u1680\u2003\u2028\u202f\u3000"
CONTROL = "\0\x01\x08\x0e\x1b\x7f\x80\x9f"


def unknown(problem: str) -> dict[str, Json]:
    return {"known": False, "problem": problem}


def known(host: str, kind: str = "public", scheme: str = "https", port: int | None = None) -> dict[str, Json]:
    default = PORTS[scheme]
    place = {"host": host, "port": default if port is None else port, "default_port": port in (None, default)}
    return {"known": True, "scheme": scheme, "class": kind, **place}


@pytest.mark.parametrize(
    "place",
    [
        "{}https://example.com/",
        "ht{}tps://example.com/",
        "https{}://example.com/",
        "https:{}//example.com/",
        "https:/{}/example.com/",
        "https://{}example.com/",
        "https://exam{}ple.com/",
        "https://example.com{}/",
        "https://example.com{}.evil.io/",
        "https://example.com:{}443/",
        "https://example.com/a{}b",
        "https://example.com/?a{}b",
        "https://example.com/#a{}b",
        "https://example.com/{}",
    ],
)
def test_white_space_control_characters_and_backslashes_are_refused_wherever_they_stand(place: str) -> None:
    assert {c: url.read(place.format(c)) for c in WHITE} == dict.fromkeys(WHITE, unknown("white space"))
    assert {c: url.read(place.format(c)) for c in CONTROL} == dict.fromkeys(CONTROL, unknown("a control character"))
    assert url.read(place.format("\\")) == unknown("a backslash")


@pytest.mark.parametrize("text", TABLE["user information"])
def test_user_information_is_refused(text: str) -> None:
    assert url.read(text) == unknown("user information")


@pytest.mark.parametrize("group", [group for group, texts in TABLE.items() if " " in group])
def test_what_two_clients_could_read_differently_is_refused(group: str) -> None:
    assert [text for text in TABLE[group] if url.read(text)["known"]] == []


def _other_forms(address: str) -> list[str]:
    """Ways to write an IPv4 address that some clients understand, none of them the usual one."""
    a, b, c, d = (int(part) for part in address.split("."))
    n = int(ipaddress.IPv4Address(address))
    return [
        *(str(n), hex(n), hex(n).upper(), f"0{n:o}", f"0x{n:016x}", f"{n}.", str(n + 2**32), f"{address}."),
        *(f"0x{a:x}.{b}.{c}.{d}", f"{a}.0x{b:x}.{c}.{d}", f"{a}.{b}.{c}.0x{d:x}", f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}"),
        *(f"0{a:o}.{b}.{c}.{d}", f"000{a}.{b}.{c}.{d}", f"{a}.{b}.{c}.00{d:o}", f"0{a:o}.0{b:o}.0{c:o}.0{d:o}"),
        *(f"{a}.{n & 0xFFFFFF}", f"{a}.{b}.{n & 0xFFFF}", f"{a}.0x{n & 0xFFFFFF:x}", f"{a}.{b}.{c}.{d + 256}"),
        *(address.replace(".", dot) for dot in ("%2e", "\u3002", "\uff0e", "\uff61", "..")),
        *("".join(f"%{ord(c):02x}" for c in address), "".join(chr(ord(c) + 0xFEE0) for c in address)),
        *(
            address.replace("1", one).replace("0", zero)
            for one, zero in ("\u2460\u24ea", "\u0661\u0660", "\u00b9\u2070")
        ),
        *(f"[::ffff:{address}]", f"[::{address}]", f"[0:0:0:0:0:ffff:{address}]", f"[64:ff9b::{address}]"),
        *(f"[::ffff:{n >> 16:04x}:{n & 0xFFFF:04x}%25lo]", f"{address}.0", f"{address}:80:80", f"[{address}]"),
    ]


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "192.168.1.1", "172.16.0.10"])
@pytest.mark.parametrize("place", ["http://{}", "https://{}/", "http://{}:8080/x", "https://{}?x", "ws://{}#x"])
def test_an_address_in_another_form_is_refused(address: str, place: str) -> None:
    assert [form for form in _other_forms(address) if url.read(place.format(form))["known"]] == []


def test_the_problem_says_what_the_host_is_read_as() -> None:
    assert url.read("http://0x7f.1:8080/") == unknown("read as http://127.0.0.1:8080, and not written so")
    assert url.read("https://ex\u00adample.com") == unknown("read as https://example.com, and not written so")
    assert url.read("https://a..b/") == unknown("a host that is no name: a label is empty or too long")
    assert url.read("gopher://x")["problem"].startswith("the scheme gopher, ")


@pytest.mark.parametrize("host", ["a" * 64 + ".com", "a." * 127 + "com", "x\ud800.com"])
def test_a_host_that_no_name_server_could_know_is_refused(host: str) -> None:
    assert not url.read(f"https://{host}/")["known"]


def test_a_text_may_be_long_but_not_endless() -> None:
    longest = "https://example.com/".ljust(url.MAX_LENGTH, "a")
    assert url.read(longest) == known("example.com")
    assert url.read(longest + "a") == unknown("longer than 65536 characters")
    assert url.read("https://example.com/\ud800") == unknown("not a URL")


@pytest.mark.parametrize(("text", "expected"), TABLE["known"].items(), ids=ascii)
def test_an_ordinary_url_is_known(text: str, expected: dict[str, Json]) -> None:
    kind = expected.pop("class", "public")
    assert url.read(text) == known(kind=kind, **expected)


@pytest.mark.parametrize(("kind", "host"), [(kind, host) for kind in ("internal", "public") for host in TABLE[kind]])
def test_names_are_public_or_internal_by_their_last_labels(kind: str, host: str) -> None:
    assert url.read(f"https://{host}/") == known(host.lower(), kind)
    assert url.read(f"https://{host}.:8443") == known(host.lower(), kind, port=8443)


PIECES = [
    "http",
    "https",
    "://",
    ":",
    "/",
    "//",
    "\\",
    "@",
    "?",
    "#",
    "example.com",
    "evil.io",
    "127.0.0.1",
    "[::1]",
    "%2e",
]
PIECES += [
    ".",
    ":80",
    ":8443",
    "0x7f",
    "2130706433",
    "\t",
    "\u3002",
    "\u212a",
    "é",
    "%",
    "xn--bcher-kva",
    "u:p@",
    "[",
    "]",
]


@settings(max_examples=200)
@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join) | st.text(max_size=20).map("https://a.io".__add__))
def test_another_parser_finds_the_same_host_in_whatever_is_known(text: str) -> None:
    fact = url.read(text)
    if fact["known"]:
        other = urlsplit(text)
        port = PORTS[other.scheme] if other.port is None else other.port
        host = (other.hostname or "").removesuffix(".")
        assert (other.scheme, host, port, other.username) == (
            fact["scheme"],
            fact["host"].strip("[]"),
            fact["port"],
            None,
        )
    else:
        assert fact == unknown(fact["problem"])


@pytest.mark.parametrize(
    ("text", "scheme", "path"),
    [
        ("file:///srv/docs/a.md", "file", "/srv/docs/a.md"),
        ("file:///srv/caf%C3%A9", "file", "/srv/caf%C3%A9"),
        ("file:///srv/a%2fb", "file", "/srv/a%2fb"),
        ("note://today", "note", ""),
        ("note:///x", "note", "/x"),
        ("note:///x?y#z", "note", "/x"),
        ("memo:alpha", "memo", "alpha"),
        ("memo:../../etc/passwd", "memo", "../../etc/passwd"),
        ("memo:a%2e%2e", "memo", "a%2e%2e"),
        ("postgres://host/db/table", "postgres", "/db/table"),
        ("https://example.com/docs/a", "https", "/docs/a"),
        ("urn:isbn:0451450523", "urn", "isbn:0451450523"),
        ("screen://localhost/display1", "screen", "/display1"),
    ],
)
def test_a_uri_that_equals_its_serialisation_is_canonical(text: str, scheme: str, path: str) -> None:
    assert url.uri(text) == {"canonical": True, "scheme": scheme, "path": path}


@pytest.mark.parametrize(
    ("text", "scheme", "path"),
    [
        ("file:///srv/docs/a b", "file", "/srv/docs/a%20b"),
        ("file:///srv/docs/../x", "file", "/srv/x"),
        ("file:///srv/docs/%2e%2e/x", "file", "/srv/x"),
        ("file:///srv/./x", "file", "/srv/x"),
        ("file:///srv\\x", "file", "/srv/x"),
        ("file:///srv/café", "file", "/srv/caf%C3%A9"),
        ("file:///srv/{path}", "file", "/srv/%7Bpath%7D"),
        ("file:///srv/a?x", "file", "/srv/a"),
        ("file:///srv/a?", "file", "/srv/a"),
        ("file:///srv/a#x", "file", "/srv/a"),
        ("file:///srv/a#", "file", "/srv/a"),
        ("file://evil/srv/a", "file", "/srv/a"),
        ("file://localhost/srv/a", "file", "/srv/a"),
        ("file:/srv/a", "file", "/srv/a"),
        ("file:srv/a", "file", "/srv/a"),
        ("FILE:///srv/a", "file", "/srv/a"),
        ("file:///c|/x", "file", "/c:/x"),
        ("file:///srv/a\n", "file", "/srv/a"),
        (" file:///srv/a", "file", "/srv/a"),
        ("fi\tle:///srv/a", "file", "/srv/a"),
        ("note:///a/../b", "note", "/b"),
        ("Note:///a", "note", "/a"),
        ("https://example.com", "https", "/"),
        ("https://EXAMPLE.com/a", "https", "/a"),
        ("https://example.com:443/a", "https", "/a"),
        ("srv/docs/a", "", ""),
        ("", "", ""),
        ("memo:\ud800", "", ""),
    ],
)
def test_any_other_uri_is_not(text: str, scheme: str, path: str) -> None:
    assert url.uri(text) == {"canonical": False, "scheme": scheme, "path": path}


def test_an_endless_uri_is_not_read() -> None:
    assert url.uri("memo:" + "a" * url.MAX_LENGTH) == {"canonical": False, "scheme": "", "path": ""}
