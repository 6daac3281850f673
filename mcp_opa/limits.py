"""Rate limits that a policy sets: calls of one actor, server and tool in the last minute.

Guarantees: of the calls that are counted, no more than so many are within the limit in any minute, however many
threads, or processes that share a Redis, ask at once. A storage that doesn't answer raises; what follows of it is the
gate's to say. It counts, and never waits for a place.
"""

from __future__ import annotations

import json
import threading
from typing import Any, Protocol

from limits import RateLimitItemPerMinute
from limits.storage import storage_from_string
from limits.strategies import MovingWindowRateLimiter

from mcp_opa.model import ToolCall


class Limiter(Protocol):
    """Whatever counts calls. Threads may share one."""

    def hit(self, call: ToolCall, most: int) -> bool:
        """Count one call, if it is within `most` a minute; whether it is. Raises where it can't tell."""
        ...


class RateLimiter:
    """Counts by a moving window, on the `limits` library."""

    def __init__(self, storage: str = "memory://", *, timeout_seconds: float = 0.5) -> None:
        """Counts in `storage`; connects to Redis when the first call is counted.

        `storage` is `memory://`, for this process alone, or `redis://HOST:PORT` (also `rediss://`, and
        `redis+unix://PATH`), for all gates that share it; that needs the extra `redis`. `timeout_seconds` is how long
        Redis may take to connect, and for each answer. Raises `ValueError` for an address that is none, or without the
        extra.
        """
        try:
            self._storage: Any = storage_from_string(storage, **_options(storage, timeout_seconds))
        except Exception as error:  # noqa: BLE001 (each storage has errors of its own)
            told = str(error).replace(storage, _named(storage))
            raise ValueError(f"{told}; give memory://, or redis://HOST:PORT") from None
        self._window = MovingWindowRateLimiter(self._storage)
        self._lock = threading.Lock()
        """Round the memory storage, whose own locks may be exchanged while somebody waits for one."""
        self._local = storage.startswith("memory:")

    def hit(self, call: ToolCall, most: int) -> bool:
        """See `Limiter`."""
        limit = RateLimitItemPerMinute(most, namespace="mcp-opa")
        counted = json.dumps([call.subject.id, call.server_id, call.method, call.name])
        if not self._local:
            return self._window.hit(limit, counted)
        with self._lock:
            return self._window.hit(limit, counted)

    def close(self) -> None:
        """Close the connections to Redis."""
        if not self._local:
            self._storage.storage.close()


def _options(storage: str, timeout_seconds: float) -> dict[str, Any]:
    if storage.startswith("memory:"):
        return {}
    try:
        from redis.backoff import NoBackoff  # noqa: PLC0415 (an extra)
        from redis.retry import Retry  # noqa: PLC0415
    except ImportError as error:
        raise ValueError("Redis wants the extra: pip install 'mcp-opa[redis]'") from error
    seconds = {"socket_timeout": timeout_seconds, "socket_connect_timeout": timeout_seconds}
    return {**seconds, "retry": Retry(NoBackoff(), 0), "wrap_exceptions": True}


def _named(storage: str) -> str:
    """The address without a password that it may hold."""
    scheme, separator, rest = storage.partition("://")
    return f"{scheme}{separator}{rest.rpartition('@')[2].partition('?')[0]}"
