"""What a function gives instead of doing its work: something that would do it later, or never."""

from __future__ import annotations

import inspect


def promised(value: object) -> bool:
    """Whether the work is yet to be done; if it is a coroutine, it is closed, so that nothing comes of it."""
    if inspect.iscoroutine(value):
        value.close()
    return inspect.isawaitable(value) or inspect.isgenerator(value) or inspect.isasyncgen(value)
