"""A file that may be replaced while it is in use: keys of callers, keys of an issuer.

Guarantees: what the file holds now is what counts, from the next question on. One that is missing, odd or open to be
written by everybody counts for nothing, and counts again as soon as it is in order; never what it held before, as a key
that was taken out must stop working. No sentence quotes the file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from mcp_opa.auth import AuthError

MAX_BYTES = 1024 * 1024
_Made = TypeVar("_Made")


class Watched(Generic[_Made]):
    """What `make` makes of a file's bytes and mode, made anew when the file is another."""

    def __init__(self, path: str | Path, make: Callable[[bytes, int], _Made]) -> None:
        """Reads nothing yet. `make` raises `AuthError` for a content that it can't use."""
        self._path = str(path)
        self._make = make
        self._seen: tuple[int, ...] = ()
        self._made: _Made | AuthError = AuthError(f"{self._path}: wasn't read")

    def value(self) -> _Made:
        """What the file holds now. Raises `AuthError`."""
        try:
            found = os.stat(self._path)  # noqa: PTH116 (half the time of Path's, for each request)
            state = (found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns)
            if state != self._seen:
                self._made = self._read(found)
                self._seen = state
        except (OSError, ValueError) as error:
            raise AuthError(f"{self._path}: {getattr(error, 'strerror', None) or 'is no name of a file'}") from None
        if isinstance(self._made, AuthError):
            raise AuthError(str(self._made))
        return self._made

    def _read(self, found: os.stat_result) -> _Made | AuthError:
        if not stat.S_ISREG(found.st_mode):
            return AuthError(f"{self._path}: is no plain file; name one")
        if found.st_mode & stat.S_IWOTH:
            return AuthError(f"{self._path}: everybody may write it; chmod o-w it, and look at what it holds")
        with open(self._path, "rb") as file:  # noqa: PTH123 (beside os.stat)
            raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            return AuthError(f"{self._path}: has more than {MAX_BYTES} bytes, which is more than is read")
        try:
            return self._make(raw, found.st_mode)
        except AuthError as error:
            return error
