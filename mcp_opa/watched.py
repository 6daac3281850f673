"""Files that may be replaced while they are in use: keys, tokens, certificates.

Guarantees: what a file holds now is what counts, from the next question on. One that is missing, odd or half-written
counts for nothing, and counts again as soon as it is in order; never what it held before, as a key that was taken out
must stop working. What is wrong is told in a sentence that doesn't quote the file. It knows no connection: whoever has
one asks anew.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import certifi

_LARGEST = 4 * 1024 * 1024
"""Bytes of a file, at most."""
_TOKEN = re.compile(rb"[\x21-\x7e]{1,8192}")
_Made = TypeVar("_Made")
_State = tuple[tuple[int, ...], ...]
Error = type[Exception]
"""What is raised, with a sentence, by whoever watches."""


@dataclass(frozen=True, slots=True)
class _Wrong:
    """Why the files can't be used as they are."""

    why: str


class Watched(Generic[_Made]):
    """What `make` makes of some files, made anew when one of them is another. Threads may share it."""

    def __init__(self, error: Error, make: Callable[[], _Made], *paths: Path | str) -> None:
        """`make` reads the files, and raises `error` for what it can't use. Raises `error`, as `value` does."""
        self._error = error
        self._make = make
        self._paths = paths
        self._known: tuple[_State, _Made | _Wrong] = (), _Wrong("wasn't read")
        self.value()

    def value(self) -> _Made:
        """What the files hold now. Raises `error`."""
        state = tuple(self._state(path) for path in self._paths)
        known, made = self._known
        if state != known:
            made = self._read()
            self._known = state, made
        if isinstance(made, _Wrong):
            raise self._error(made.why)
        return made

    def _read(self) -> _Made | _Wrong:
        try:
            return self._make()
        except self._error as error:
            return _Wrong(str(error))
        except OSError as error:  # which may pass while the files stay as they are
            raise self._error(f"{' and '.join(map(str, self._paths))}: {_why(error)}") from error

    def _state(self, path: Path | str) -> tuple[int, ...]:
        """What changes when a file does. Raises `error` if it is none that can be read to its end."""
        try:
            found = os.stat(path)  # noqa: PTH116 (half the time of Path's, at each question)
        except (OSError, ValueError) as error:
            raise self._error(f"{path}: {_why(error)}") from error
        if not stat.S_ISREG(found.st_mode) or found.st_size > _LARGEST:
            raise self._error(f"{path}: is no plain file of at most {_LARGEST} bytes; name one")
        return found.st_dev, found.st_ino, found.st_mode, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def token(error: Error, path: Path | str) -> Watched[str]:
    """The bearer token in a file. Raises `error`."""

    def read() -> str:
        raw = Path(path).read_bytes().strip()
        if not _TOKEN.fullmatch(raw):
            raise error(f"{path}: holds no token; write one there: printable ASCII on one line, without spaces")
        return raw.decode("ascii")

    return Watched(error, read, path)


def trusting(
    error: Error, ca: Path | str | None, also: Callable[[ssl.SSLContext], None] | None = None, *paths: Path | str
) -> Watched[ssl.SSLContext]:
    """TLS with whom the authorities in a file vouch for, and nobody else; without one, those that are widely trusted.

    `also` does more with it, by the files at `paths`. Raises `error`.
    """
    file = ca or certifi.where()

    def made() -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        try:
            context.load_verify_locations(file)
        except ssl.SSLError as odd:
            raise error(f"{file}: holds no certificates in PEM") from odd
        if also:
            also(context)
        return context

    return Watched(error, made, file, *paths)


def _why(error: Exception) -> str:
    return getattr(error, "strerror", None) or "is no name of a file"
