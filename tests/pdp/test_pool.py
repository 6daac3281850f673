"""Instances are for one question at a time, and bounded in number, whatever happens to them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from mcp_opa.model import Cause, Question
from mcp_opa.pdp.embedded._instance import Bounds, Instance, Stopped
from mcp_opa.pdp.embedded._machine import Machine
from mcp_opa.pdp.embedded._pool import Pool
from tests.pdp.conftest import Compile

TRAP = Question.NEEDS


class Maker:
    """Makes instances and counts them; `broken` makes it fail."""

    def __init__(self, wasm: bytes) -> None:
        self._program = Machine().program(wasm, None)
        self.made = 0
        self.broken = False

    def __call__(self) -> Instance:
        if self.broken:
            raise MemoryError
        self.made += 1
        return Instance(self._program, b"{}", Bounds())


@pytest.fixture(scope="module")
def wasm(compile_rego: Compile) -> bytes:
    """`needs` traps."""
    return compile_rego("""
        package mcp.authz
        about := input.id
        decision := 1
        visible := 1
        needs := json.is_valid("true")
    """)


def about(pool: Pool) -> bool:
    return pool.ask(Question.ABOUT, b'{"id":7}') == b'[{"result":7}]'


def test_where_none_can_be_made_the_error_is_told_and_the_next_question_tries_again(wasm: bytes) -> None:
    make = Maker(wasm)
    pool = Pool(make, 1, 0.05)
    make.broken = True
    for _ in range(3):
        with pytest.raises(MemoryError):
            about(pool)
    make.broken = False
    assert about(pool)


def test_one_that_failed_is_never_asked_again(wasm: bytes) -> None:
    make = Maker(wasm)
    pool = Pool(make, 1, 0.05)
    for _ in range(5):
        with pytest.raises(Stopped):
            pool.ask(TRAP, b"{}")
    assert about(pool)
    assert make.made == 6


def test_where_all_are_busy_for_too_long_the_question_is_not_answered(wasm: bytes) -> None:
    pool = Pool(Maker(wasm), 1, 0.05)
    busy = pool._take()  # noqa: SLF001
    with pytest.raises(Stopped) as stopped:
        about(pool)
    assert (stopped.value.cause, str(stopped.value)) == (
        Cause.TIMEOUT,
        "every instance of the policy was busy for too long",
    )
    pool._give(busy)  # noqa: SLF001
    assert about(pool)


def test_a_question_that_waits_is_served_as_soon_as_an_instance_comes_free(wasm: bytes) -> None:
    pool = Pool(Maker(wasm), 1, 30)
    busy = pool._take()  # noqa: SLF001
    with ThreadPoolExecutor(4) as threads:
        answers = [threads.submit(about, pool) for _ in range(4)]
        pool._give(busy)  # noqa: SLF001
        assert [answer.result(timeout=20) for answer in answers] == [True] * 4


def test_never_more_are_made_than_allowed_and_everyone_is_served(wasm: bytes) -> None:
    make = Maker(wasm)
    pool = Pool(make, 2, 30)
    with ThreadPoolExecutor(8) as threads:
        assert set(threads.map(lambda _: about(pool), range(2000))) == {True}
    assert 1 <= make.made <= 2


def test_one_thread_needs_one_instance(wasm: bytes) -> None:
    make = Maker(wasm)
    pool = Pool(make, 4, 0.05)
    pool.warm()
    assert all(about(pool) for _ in range(20))
    assert make.made == 1
