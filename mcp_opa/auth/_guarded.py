"""A file of keys, by which it is told who calls.

Guarantees: as `mcp_opa.watched`; one that everybody may write counts for nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from mcp_opa.auth import AuthError
from mcp_opa.watched import Watched

MAX_BYTES = 1024 * 1024
_Made = TypeVar("_Made")


def guarded(path: str | Path, make: Callable[[bytes, int], _Made]) -> Watched[_Made]:
    """What `make` makes of a file's bytes and mode; it raises `AuthError` for a content that it can't use.

    Raises `AuthError`.
    """

    def read() -> _Made:
        with open(path, "rb") as file:  # noqa: PTH123 (beside os.fstat)
            mode = os.fstat(file.fileno()).st_mode
            if mode & stat.S_IWOTH:
                raise AuthError(f"{path}: everybody may write it; chmod o-w it, and look at what it holds")
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise AuthError(f"{path}: has more than {MAX_BYTES} bytes, which is more than is read")
        return make(raw, mode)

    return Watched(AuthError, read, path)
