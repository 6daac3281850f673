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


class JsonLines:
    """A file to which records are appended, and which can be read; made for its owner alone if it isn't there."""

    def __init__(self, path: str | Path, *, sync: bool = False) -> None:
        """`sync`: wait with each record until the disk has it, which takes milliseconds. Raises `OSError`."""
        self._path = Path(path)
        self._sync = sync
        self._lock = threading.Lock()
        self._broken = False
        self._file = self._opened()

    def write(self, record: Record) -> None:
        """Append a record. Raises `OSError`."""
        line = record.line()
        with self._lock:
            if not self._in_place():
                fresh = self._opened()
                os.close(self._file)
                self._file, self._broken = fresh, False
            self._append(line if self._whole() else b"\n" + line)
            if self._sync:
                os.fsync(self._file)

    def close(self) -> None:
        """Close the file; another record is an error."""
        with self._lock:
            if self._file >= 0:
                os.close(self._file)
            self._file = -1

    def _append(self, line: bytes) -> None:
        written = os.write(self._file, line)
        self._broken = written < len(line)
        if self._broken:
            raise OSError(f"{self._path}: {written} of a record's {len(line)} bytes were written; is the disk full?")

    def _opened(self) -> int:
        access = os.O_WRONLY if self._path.is_fifo() else os.O_RDWR
        return os.open(self._path, _APPEND | access, 0o600)

    def _whole(self) -> bool:
        """Whether the last line has its end; of one that another process is writing, a moment later."""
        for pause in (_MOMENT_SECONDS, 0):
            here = os.fstat(self._file)
            if not stat.S_ISREG(here.st_mode):
                return not self._broken
            if not here.st_size or os.pread(self._file, 1, here.st_size - 1) == b"\n":
                return True
            time.sleep(pause)
        return False

    def _in_place(self) -> bool:
        """Whether the open file is still the one under its name; a log that was rotated away isn't."""
        here = os.fstat(self._file)
        try:
            there = self._path.stat()
        except FileNotFoundError:
            return False
        return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)


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
