"""What would do its work later, or never."""

from collections.abc import AsyncIterator, Iterator

import pytest

from mcp_opa.gate._promise import promised


async def later() -> None:
    pytest.fail("it ran")


def some() -> Iterator[int]:
    yield 1


async def asome() -> AsyncIterator[int]:
    yield 1


class Awaitable:
    def __await__(self) -> Iterator[None]:
        yield


def test_what_is_yet_to_be_done_is_a_promise() -> None:
    coroutine = later()
    assert [promised(value) for value in (coroutine, some(), asome(), Awaitable())] == [True] * 4
    with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
        coroutine.send(None)


def test_what_is_there_is_none() -> None:
    assert [promised(value) for value in (None, True, "later", [later], iter([1]), later)] == [False] * 6
