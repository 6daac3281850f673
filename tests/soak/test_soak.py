"""A minute of calls at a fixed rate while faults strike; `make soak` is half an hour of the same."""

from pathlib import Path

import anyio
import pytest

from tests.soak.run import soak


@pytest.mark.live
@pytest.mark.slow
def test_whatever_strikes_no_call_is_decided_wrongly_or_lost_and_nothing_grows(tmp_path: Path) -> None:
    found = anyio.run(soak, tmp_path, 60.0, print)
    assert found.problems == [], found.table
