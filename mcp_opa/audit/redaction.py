"""Secrets taken out of what is recorded.

Guarantees: whatever it is given, it gives plain JSON of bounded size. The value under a key that names a secret is
gone, a token of a well-known format and what a text itself puts behind such a key are cut out of it, and a long text is
replaced by its length and hash. What looks like neither stays: it can't know a password that stands in a sentence.
"""

from __future__ import annotations

import hashlib
import math
import re
from functools import lru_cache
from unicodedata import normalize

from mcp_opa.model import Json

GONE = "[redacted]"
LONGEST = 1024
"""Characters; of a longer text only length and hash are kept."""
_LONGEST_NAME = 256
"""Characters of a text that is remembered."""
MOST_TEXT = 32 * 1024
"""Characters of all texts of one record's arguments."""
MOST_VALUES = 1000
DEEPEST = 32
_LARGEST = 2**63

_KEY = re.compile(
    r"pass(?!age|enger|ive|ed|ing)|pwd|secret|token|credential|api.?key|(access|private|signing|encryption).?key"
    r"|authori[sz]ation|(?<![a-z])(auth|pin|otp)(?![a-z])|otp$|bearer|jwt|cookie|session|signature|^cvv|card.?number"
    r"|^iban|^ssn|social.?security"
    r"|^e?.?mail|phone|birth",
    re.IGNORECASE,
)


def _after(word: str) -> str:
    """What a text (an address, JSON, YAML, a header) puts behind a key that has this word in it."""
    quoted = r"""\\"(?:(?!\\").)*(?:\\")?|"(?:[^"\\]|\\.)*"?|'[^']*'?"""
    return rf"""(?is)(?P<kept>{word}[\w-]{{0,40}}[\\"']*\s{{0,4}}(?:=|:|%3d)\s{{0,4}})(?:{quoted}|[^\s&;,"'}}]+)"""


_FORMATS = {
    hint: re.compile(pattern)
    for hint, pattern in {
        "private key": r"-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)",
        "mcpopa_": r"mcpopa_[\w-]{20,}",  # `mcp-opa keys new`
        "eyj": r"eyJ[\w-]{8,}+\.[\w-]{8,}(?:\.[\w-]*)?",  # JSON Web Token
        "kia": r"AKIA[A-Z0-9]{16}",  # AWS, and below
        "sia": r"ASIA[A-Z0-9]{16}",
        "gh": r"gh[oprsu]_[A-Za-z0-9]{20,}",
        "github_pat_": r"github_pat_\w{20,}",
        "gl": r"gl(?:pat|dt|rt|ptt|cbt)-[\w-]{16,}",  # GitLab
        "xox": r"xox[abeoprs]-[\w-]{10,}",  # Slack, and below
        "hooks.slack": r"hooks\.slack\.com/services/[\w/]+",
        "aiza": r"AIza[\w-]{35}",  # Google, and below
        "ya29": r"ya29\.[\w-]{20,}",
        "k_": r"[prs]k_(?:live|test)_\w{10,}",  # Stripe
        "sk-": r"\bsk-[\w-]{20,}",  # OpenAI, Anthropic
        "sg.": r"SG\.[\w-]{16,}\.[\w-]{16,}",  # SendGrid
        "npm_": r"npm_[A-Za-z0-9]{30,}",
        "pypi-": r"pypi-[\w-]{30,}",
        "hf_": r"hf_[A-Za-z0-9]{30,}",
        "dop_": r"dop_v1_[a-f0-9]{60,}",
        "hvs.": r"hvs\.[\w-]{20,}",  # Vault
        "bearer": r"(?i)(?P<kept>\bbearer\s+)[\w+/=.~-]{12,}",
        "basic": r"(?i)(?P<kept>\bbasic\s+)[\w+/=.~-]{12,}",
        "://": r"(?P<kept>://[^\s/@:]*:)[^\s/]+(?=@)",  # user and password in an address, or a token in their place
        "@": r"(?P<kept>://)[^\s/@:]{12,}(?=@)",
        "password": _after("password"),
        "passwd": _after("passwd"),
        "pwd": _after("pwd"),
        "secret": _after("secret"),
        "token": _after("token"),
        "api": _after("api[ _-]?key"),
        "access": _after("access[ _-]?key"),
        "sig": _after("(?:(?<![a-z])sig|signature)"),
        "authorization": r"(?i)(?P<kept>authorization[\"']?\s*:\s*[\"']?(?:[a-z]+\s+)?)[^\s\"',]+",
        "cookie": r"(?i)(?P<kept>cookie[\"']?\s*:\s*[\"']?)[^\r\n\"']+",
    }.items()
}
"""Formats of tokens, each under a part of every such token in lower case; a text without that part is not searched."""


def text(value: object) -> str:
    """A text for the record: no token, no lone surrogate, not too long. What is no text is named by its type."""
    if type(value) is not str:
        return f"<{type(value).__name__}>"
    if len(value) > LONGEST:
        return f"<{len(value)} characters, SHA-256 {_hash(value)}>"
    cut = _without_tokens(value)
    return cut if cut.isascii() else cut.encode("utf-8", "replace").decode()


@lru_cache(maxsize=1024)
def _name(value: str) -> str:
    return text(value)


def name(value: object) -> str:
    """`text` for what recurs from record to record, such as who calls; if it isn't long, it is searched once."""
    return _name(value) if type(value) is str and len(value) <= _LONGEST_NAME else text(value)


def excerpt(value: object) -> str:
    """The beginning of a text that may be long, such as what an exception says."""
    if type(value) is not str:
        return text(value)
    return text(_without_tokens(value[: 4 * LONGEST])[:LONGEST])


def arguments(value: object) -> Json:
    """The arguments of a call for the record."""
    return _Walk().copy(value, 0)


def names_secret(key: str) -> bool:
    """Whether what stands under such a key would be left out."""
    return _KEY.search(key if key.isascii() else normalize("NFKC", key)) is not None


def _without_tokens(value: str) -> str:
    if not value:
        return value
    lower = value.lower()
    for hint, pattern in _FORMATS.items():
        if hint in lower:
            value = pattern.sub(_gone, value)
    return value


def _gone(token: re.Match[str]) -> str:
    return token.groupdict().get("kept", "") + GONE


class _Walk:
    """One walk over a value, with what it may still keep."""

    def __init__(self) -> None:
        self._values = MOST_VALUES
        self._text = MOST_TEXT

    def copy(self, value: object, depth: int) -> Json:
        self._values -= 1
        kind = type(value)
        if value is None or kind is bool:
            return value
        if kind is str:
            return self._spelled(str(value))
        if kind is int or kind is float:
            return _number(value)
        if self._values <= 0 or depth >= DEEPEST:
            return "<more>"
        if isinstance(value, dict):
            return self._object(value, depth)
        if isinstance(value, list):
            return [self.copy(child, depth + 1) for child in value[: max(self._values, 0)]]
        return text(value)

    def _object(self, value: dict[object, object], depth: int) -> dict[str, Json]:
        found: dict[str, Json] = {}
        for key, child in value.items():
            if self._values <= 0:
                found["<more>"] = len(value) - len(found)
                break
            name = text(key)
            secret = type(key) is str and names_secret(key)
            found[name] = GONE if secret else self.copy(child, depth + 1)
        return found

    def _spelled(self, value: str) -> Json:
        self._text -= len(value)
        if len(value) > LONGEST or self._text < 0:
            return {"characters": len(value), "sha256": _hash(value)}
        return text(value)


def _number(value: object) -> Json:
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if isinstance(value, int) and -_LARGEST <= value < _LARGEST else "<integer>"


def _hash(value: str) -> str:
    return hashlib.sha256(value.encode("utf-8", "replace")).hexdigest()
