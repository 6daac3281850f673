"""Logs: whole lines, on the disk or an error."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mcp_opa.audit import JsonLines, Record, StandardError
from tests.audit.test_record import CALL, DENIED

RECORD = Record.decided(CALL, DENIED, 0)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "audit.jsonl"


def test_a_record_is_in_the_file_when_write_returns(path: Path) -> None:
    log = JsonLines(path, sync=True)
    log.write(RECORD)
    log.write(RECORD)
    assert path.read_bytes() == RECORD.line() * 2
    log.close()


def test_the_file_is_its_owners_alone_and_is_appended_to(path: Path) -> None:
    for _ in range(2):
        log = JsonLines(path)
        log.write(RECORD)
        log.close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.read_bytes() == RECORD.line() * 2


def test_a_file_that_was_moved_away_or_removed_is_made_anew(path: Path) -> None:
    log = JsonLines(path)
    log.write(RECORD)
    path.rename(path.with_suffix(".1"))
    log.write(RECORD)
    path.unlink()
    log.write(RECORD)
    log.close()
    assert (path.read_bytes(), path.with_suffix(".1").read_bytes()) == (RECORD.line(), RECORD.line())


def test_a_folder_that_is_gone_is_an_error_and_mends_itself(tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    log = JsonLines(folder / "audit.jsonl")
    (folder / "audit.jsonl").unlink()
    folder.rmdir()
    for _ in range(2):
        with pytest.raises(OSError, match="No such file"):
            log.write(RECORD)
    folder.mkdir()
    log.write(RECORD)
    log.close()
    assert (folder / "audit.jsonl").read_bytes() == RECORD.line()


def test_a_file_that_cannot_be_opened_is_an_error_at_once(tmp_path: Path) -> None:
    with pytest.raises(IsADirectoryError):
        JsonLines(tmp_path)


def test_a_log_that_was_closed_writes_nothing(path: Path) -> None:
    log = JsonLines(path)
    log.close()
    log.close()
    path.unlink()
    with pytest.raises(OSError, match="the log is closed"):
        log.write(RECORD)
    assert not path.exists()


def test_a_full_disk_is_an_error_and_spoils_no_other_record(path: Path) -> None:
    log = JsonLines(path)
    log.write(RECORD)
    size = len(RECORD.line())
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size + 10, limits[1]))
    try:
        with pytest.raises(OSError, match=f"10 of a record's {size} bytes were written; is the disk full"):
            log.write(RECORD)
        with pytest.raises(OSError, match="too large") as full:
            log.write(RECORD)
        assert full.value.errno == errno.EFBIG
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, ignored)
    log.write(RECORD)
    log.close()
    lines = path.read_bytes().splitlines(keepends=True)
    assert (lines[0], len(lines[1]), lines[2:]) == (RECORD.line(), 11, [RECORD.line()])


def test_a_line_that_another_process_left_unfinished_spoils_no_other_record(path: Path) -> None:
    log = JsonLines(path)
    log.write(RECORD)
    with path.open("ab") as other:
        other.write(b'{"event":')
    log.write(RECORD)
    log.close()
    with path.open("ab") as other:
        other.write(b'{"event":')
    log = JsonLines(path)
    log.write(RECORD)
    log.write(RECORD)
    log.close()
    half = b'{"event":\n'
    assert path.read_bytes() == RECORD.line() + half + RECORD.line() + half + RECORD.line() * 2


def test_a_pipe_that_nobody_reads_is_an_error_and_does_not_hang(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OSError, match="No such device"):
        JsonLines(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    log = JsonLines(pipe)
    with pytest.raises(OSError, match=r"temporarily unavailable|is the disk full"):
        list(map(log.write, [RECORD] * 10_000))
    log.close()
    os.close(reader)


def test_threads_and_processes_write_whole_lines(path: Path) -> None:
    script = (
        "import sys; from mcp_opa.audit import JsonLines; from tests.audit.test_sinks import RECORD\n"
        "log = JsonLines(sys.argv[1])\n"
        "for _ in range(500): log.write(RECORD)\n"
        "log.close()"
    )
    processes = [subprocess.Popen([sys.executable, "-c", script, path]) for _ in range(2)]
    log = JsonLines(path)
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(log.write, [RECORD] * 800))
    assert [process.wait(60) for process in processes] == [0, 0]
    log.close()
    assert path.read_bytes() == RECORD.line() * 1800


def test_standard_error_has_the_record_and_standard_output_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    StandardError().write(RECORD)
    out, err = capfd.readouterr()
    assert (out, json.loads(err)["decision_id"]) == ("", "id")


def test_without_a_standard_error_nothing_is_recorded_so_nothing_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", None)
    with pytest.raises(OSError, match="give the gate a file"):
        StandardError().write(RECORD)
