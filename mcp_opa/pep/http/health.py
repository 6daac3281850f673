"""What the gateway tells of itself, to whoever watches over it on this machine.

Guarantees: `/live` answers while the process serves; `/ready` only where a call could be decided and recorded now, and
else says what is missing. It serves no call, and tells nothing of calls.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

import anyio
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from mcp_opa.pep.http import headers

CHECK_SECONDS = 5.0
_ELSEWHERE = JSONResponse({"error": "health is told on this machine alone"}, 403)

Check = Callable[[], Awaitable[str]]
"""Says what is wrong, or nothing. May raise."""


def app(checks: Mapping[str, Check]) -> Starlette:
    """`/live` and `/ready`, by these checks."""

    async def live(request: Request) -> JSONResponse:
        return JSONResponse({"live": True}) if _near(request) else _ELSEWHERE

    async def ready(request: Request) -> JSONResponse:
        if not _near(request):
            return _ELSEWHERE
        troubles = {name: trouble for name, check in checks.items() if (trouble := await _trouble(check))}
        return JSONResponse({"ready": not troubles, "troubles": troubles}, 503 if troubles else 200)

    return Starlette(routes=[Route("/live", live), Route("/ready", ready)])


def _near(request: Request) -> bool:
    """Whether it was called by a name of this machine: a web page can lead here by another."""
    return headers.name_of(request.headers.get("host", "").lower()) in headers.LOOPBACK


async def _trouble(check: Check) -> str:
    try:
        with anyio.fail_after(CHECK_SECONDS):
            return await check()
    except TimeoutError:
        return f"gave no answer within {CHECK_SECONDS:g} s"
    except Exception as error:  # noqa: BLE001 (whatever is wrong, the gateway isn't ready)
        return str(error) or type(error).__name__
