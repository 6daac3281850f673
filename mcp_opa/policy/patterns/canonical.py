"""The canonical form of a path, as `mcp.lib.path` judges it, for what a policy says of paths itself.

Guarantees: finds a fault in every path that `mcp.lib.path.canonical` refuses, and in no other. Does not look at a file
system.
"""

import re

LONGEST = 4096
"""Characters in a path at most."""
_DECODINGS = 3

_INVISIBLE = (
    "\0-\x1f\x7f-\x9f\xad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f"
    "\u2028-\u202e\u2060-\u206f\u3164\ufeff\ud800-\udfff\uffa0\ufff0-\ufffb"
    "\U000110bd\U000110cd\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e007f"
)
_LOOK_ALIKE = (
    "\u2024\u2025\u2044\u20e5\u2100\u2101\u2105\u2106\u2215\u2216\u2571\u2572\u27cb\u27cd\u29f5\u29f8\u29f9\ufe19\ufe30\ufe52"
    "\ufe68\uff0e\uff0f\uff3c"
)
_VARIATIONS = "\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef"
_SPACES = " \xa0\u1680\u2000-\u200a\u202f\u205f\u3000"

_FAULTS = tuple(
    (re.compile(pattern), told)
    for pattern, told in (
        (r"\A\Z", "is empty"),
        (r"\\", "has a backslash; write `/`"),
        (r"(?:\A|/)\.\.?(?:/|\Z)", "has a `.` or `..` segment"),
        (r"//", "has an empty segment"),
        (r"[^/]/\Z", "ends in `/`; leave it out"),
        (r"\A~", "begins with `~`, which nothing expands; write the folder in full"),
        (r"\A/?[A-Za-z]:(?:/|\Z)|::|:\$", "names a drive or an NTFS stream"),
        (r"(?:\A|/)\.(?:;|\.[;%?#*:&])", "has a segment that some take for `.` or `..`"),
        (rf"[.{_SPACES}][{_VARIATIONS}]*(?:/|\Z)", "has a segment that ends in a dot or a space"),
    )
)
_UNSEEN = re.compile(f"[{_INVISIBLE}]")
_ALIKE = re.compile(f"[{_LOOK_ALIKE}]")
_LAX = re.compile(r"%c[01]%|%e0%[89]|%f0%8|%f[8c]%8|%u[0-9a-f]{4}", re.IGNORECASE)
_ASCII = re.compile(r"%([0-7][0-9a-f])", re.IGNORECASE)
_BYTES = re.compile(r"(?:%[89a-f][0-9a-f])+", re.IGNORECASE)


def fault(path: str) -> str | None:
    """What keeps `path` from canonical form, as the end of a sentence; None if it is canonical."""
    if len(path) > LONGEST:
        return f"is longer than {LONGEST} characters"
    found, text = _fault(path), path
    for _ in range(_DECODINGS):
        decoded = _decoded(text)
        if found or decoded == text:
            return found
        found = "is percent-encoded and " + told if (told := _fault(decoded)) else _separated(text, decoded)
        text = decoded
    return found or (None if _decoded(text) == text else "is percent-encoded too often")


def _fault(text: str) -> str | None:
    for pattern, told in _FAULTS:
        if pattern.search(text) and text != "/":
            return told
    letters = _BYTES.sub(lambda run: bytes.fromhex(run[0].replace("%", "")).decode(errors="replace"), text)
    if _UNSEEN.search(letters):
        return "has a character that can't be seen"
    if _ALIKE.search(letters) or _LAX.search(text):
        return "has a character that some take for `.`, `/` or `\\`"
    return None


def _separated(text: str, decoded: str) -> str | None:
    return "has a percent-encoded `/`" if text.count("/") != decoded.count("/") else None


def _decoded(text: str) -> str:
    return _ASCII.sub(lambda escape: chr(int(escape[1], 16)), text)
