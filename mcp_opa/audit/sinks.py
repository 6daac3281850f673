"""Logs of JSON Lines: a file, or standard error.

Guarantees: when `write` returns, the operating system has the whole line; it is one line, also where whoever wrote
before, this process or another, was cut off in the midst of one. Several processes may write to one file, and a file
that was moved away is made anew. Never standard output, which may be the MCP connection itself.
"""

from __future__ import annotations

import os
import stat
import sys
import threading
import time
from pathlib import Path

from mcp_opa.audit.record import Record

_APPEND = os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NONBLOCK
"""Not blocking: a pipe that nobody reads is an error, not a silence."""
_MOMENT_SECONDS = 0.001
_MOMENTS = 20
"""How often a line without an end is looked at; after the last its writer was cut off."""


class JsonLines:
    """A file to which records are appended, and which can be read; made for its owner alone if it isn't there."""

    _file: int
    _inode: tuple[int, int]
    _broken: bool
    _end: int
    """The file's size after a record that was written whole: as long as it stays, nobody else has written."""

    def __init__(self, path: str | Path, *, sync: bool = False) -> None:
        """`sync`: wait with each record until the disk has it, which takes milliseconds. Raises `OSError`."""
        self._path = Path(path)
        self._sync = sync
        self._lock = threading.Lock()
        self._open()

    def write(self, record: Record) -> None:
        """Append a record. Raises `OSError`."""
        line = record.line()
        with self._lock:
            if self._file < 0:
                raise OSError(f"{self._path}: the log is closed")
            here = self._named()
            if here is None or (here.st_dev, here.st_ino) != self._inode:  # rotated away, or removed
                moved = self._file
                here = self._open()
                os.close(moved)
            self._append(line if self._whole(here) else b"\n" + line, here.st_size)
            if self._sync:
                os.fsync(self._file)

    def close(self) -> None:
        """Close the file; another record is an error."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def _append(self, line: bytes, size: int) -> None:
        self._end = -1
        written = os.write(self._file, line)
        self._broken = written < len(line)
        if self._broken:
            raise OSError(f"{self._path}: {written} of a record's {len(line)} bytes were written; is the disk full?")
        self._end = size + written

    def _open(self) -> os.stat_result:
        """Open the file, and take note of which it is."""
        access = os.O_WRONLY if self._path.is_fifo() else os.O_RDWR
        self._file = os.open(self._path, _APPEND | access, 0o600)
        self._broken, self._end = False, -1
        here = os.fstat(self._file)
        self._inode = here.st_dev, here.st_ino
        return here

    def _whole(self, here: os.stat_result) -> bool:
        """Whether the last line has its end; of one that another process is writing, some moments later."""
        if not stat.S_ISREG(here.st_mode):
            return not self._broken
        size = here.st_size
        if size == self._end:
            return True
        for _ in range(_MOMENTS):
            if not size or os.pread(self._file, 1, size - 1) == b"\n":
                return True
            time.sleep(_MOMENT_SECONDS)
            size = os.fstat(self._file).st_size
        return False

    def _named(self) -> os.stat_result | None:
        """What there is under the file's name."""
        try:
            return os.stat(self._path)  # noqa: PTH116 (half the time of the path's own)
        except FileNotFoundError:
            return None


class StandardError:
    """Records on standard error, among whatever else is said there."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def write(self, record: Record) -> None:
        """Print a record. Raises `OSError` or `ValueError` if standard error is closed."""
        if sys.stderr is None:
            raise OSError("there is no standard error; give the gate a file: audit=JsonLines(…)")
        with self._lock:
            sys.stderr.write(record.line().decode("ascii"))
            sys.stderr.flush()
