"""JSON that two parsers can't read differently.

Guarantees: `parse` accepts one UTF-8 text of bounded size and depth, without duplicate keys, NaN, infinities, lone
surrogates or trailing bytes, and raises `Malformed` for anything else. `canonical` gives the one form that OPA signs:
sorted keys, no spaces, raw UTF-8.
"""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import NoReturn

from mcp_opa.model import Json

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 64


class Malformed(ValueError):
    """The text is not JSON as we accept it; the message says what is wrong."""


def parse(raw: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Json:
    """The value that `raw` holds. Raises `Malformed`, and nothing else, whatever the bytes."""
    if len(raw) > max_bytes:
        msg = f"{len(raw)} bytes, at most {max_bytes} are read"
        raise Malformed(msg)
    try:
        value = _decode(raw.decode("utf-8"))
        if b"\\u" in raw:
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except UnicodeError as error:
        msg = "not valid UTF-8, or a lone surrogate in an escape"
        raise Malformed(msg) from error
    except RecursionError as error:
        msg = f"nested deeper than {max_depth} levels"
        raise Malformed(msg) from error
    except Malformed:
        raise
    except ValueError as error:
        msg = f"not JSON: {error}"
        raise Malformed(msg) from error
    if raw.count(b"[") + raw.count(b"{") > max_depth:
        _check_depth(value, max_depth)
    return value


def canonical(value: Json) -> bytes:
    """The canonical bytes of a value: what OPA hashes when it verifies a bundle."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode("utf-8")


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        times = Counter(name for name, _ in pairs)
        twice = next(name for name, count in times.items() if count > 1)
        msg = f"the key {twice[:100]!r} stands twice in one object"
        raise Malformed(msg)
    return found


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        msg = f"the number {text[:20]} is out of range"
        raise Malformed(msg)
    return number


def _constant(text: str) -> NoReturn:
    msg = f"{text} is not JSON"
    raise Malformed(msg)


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_constant).decode


def _check_depth(value: Json, max_depth: int) -> None:
    level = [value]
    for _ in range(max_depth):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return
    msg = f"nested deeper than {max_depth} levels"
    raise Malformed(msg)


def _children(value: Json) -> list[Json]:
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [child for child in children if isinstance(child, dict | list)]
