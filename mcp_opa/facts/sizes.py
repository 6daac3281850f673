"""How many bytes a content argument has.

Guarantees: the bytes of UTF-8 that the text takes, exactly. A text that is none (a lone surrogate) has no size, and
neither has a value that is no string: the fact is missing, which refuses.
"""

from __future__ import annotations

from mcp_opa.model import Json


def read(value: Json) -> int | None:
    """Bytes of UTF-8, or None where there is no such number."""
    if not isinstance(value, str):
        return None
    try:
        return len(value) if value.isascii() else len(value.encode("utf-8"))
    except UnicodeEncodeError:
        return None
