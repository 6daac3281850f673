"""The server behind the gateway, as HTTP reaches it.

Guarantees: it is asked at one address, directly, and a redirection is not followed; no cookie is kept, no answer
unpacked. It is given the gateway's own credential, as its file has it now, and what `headers` lets pass, and nothing
else of a client's; without a credential where there should be one it is not asked. Whoever waits for it learns within
its time that it is silent. Its authorities are those of the start.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Self

import anyio
import httpx2

from mcp_opa import watched
from mcp_opa.pep import message
from mcp_opa.pep.config import ConfigError, Upstream
from mcp_opa.pep.http.events import MEDIA_TYPE
from mcp_opa.pep.message import Message
from mcp_opa.pep.relay import Lost

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 300.0
"""How long the server may say nothing while it is waited for."""
MOST_CONNECTIONS = 2048
_JSON = "application/json"
_OWN = {"User-Agent": "mcp-opa", "Accept": f"{_JSON}, {MEDIA_TYPE}", "Accept-Encoding": "identity"}
_log = logging.getLogger(__name__)


class NoAnswer(Lost):
    """`Lost`, and what HTTP says of it."""

    def __init__(self, why: str, status: int = 502) -> None:
        super().__init__(why)
        self.status = status

    @classmethod
    def of(cls, status: int) -> Self:
        """The server's response has this status, and nothing that could be passed on."""
        if status in (401, 403, 407):
            return cls("The server refuses the gateway's own credential.")
        if status < 300:  # noqa: PLR2004
            return cls("The server answers with neither JSON nor events, or packs them though it was asked not to.")
        return cls(f"The server answers HTTP {status}.", status if 400 <= status < 500 else 502)  # noqa: PLR2004


class Server:
    """One server's address, and the connections to it."""

    def __init__(self, upstream: Upstream) -> None:
        """Raises `ConfigError` for a file that can't be used."""
        self._url = upstream.url
        self._token = None if upstream.token_file is None else watched.token(ConfigError, upstream.token_file)
        self._client = httpx2.AsyncClient(
            headers=_OWN,
            verify=watched.trusting(ConfigError, upstream.ca).value(),
            trust_env=False,
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            limits=httpx2.Limits(max_connections=MOST_CONNECTIONS, max_keepalive_connections=64),
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.aclose()

    async def trouble(self) -> str:
        """Why it can't be asked at the moment, as far as that lies here, or nothing."""
        try:
            self._credential()
        except ConfigError as error:
            return str(error)
        return ""

    @asynccontextmanager
    async def ask(
        self, method: str, headers: Mapping[str, str], said: Message | None = None, *, endless: bool = False
    ) -> AsyncIterator[httpx2.Response]:
        """The server's response, its body to be read yet; `endless`: the body may be silent for as long as it likes.

        Raises `NoAnswer`, also for what goes wrong inside.
        """
        wait = SILENCE_SECONDS
        timeout = httpx2.Timeout(wait, connect=CONNECT_SECONDS, read=None if endless else wait)
        content = None if said is None else message.encode(said)
        try:
            whole = {**_whole(headers, said), **self._credential()}
            request = self._client.build_request(method, self._url, content=content, headers=whole, timeout=timeout)
            with anyio.fail_after(wait + CONNECT_SECONDS):
                response = await self._client.send(request, stream=True)
            try:
                yield response
            finally:
                with anyio.CancelScope(shield=True):
                    await response.aclose()
        except ConfigError as error:
            _log.error("the server is not asked: %s", error)
            raise NoAnswer("The gateway's own credential for the server can't be used.") from error
        except (httpx2.TimeoutException, TimeoutError) as error:
            raise NoAnswer("The server does not answer in time.", 504) from error
        except httpx2.HTTPError as error:
            raise NoAnswer("The server can't be reached, or broke off its answer.") from error

    def _credential(self) -> dict[str, str]:
        """Raises `ConfigError` for a file that holds none now."""
        return {} if self._token is None else {"authorization": f"Bearer {self._token.value()}"}


def media_type(response: httpx2.Response) -> str:
    """What a response says that its body is; nothing for one that is packed."""
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        return ""
    return str(response.headers.get("content-type", "")).partition(";")[0].strip().lower()


async def body(response: httpx2.Response, most: int) -> bytes:
    """All of a body. Raises `NoAnswer` if it is larger than `most`."""
    raw = bytearray()
    async for part in response.aiter_raw():
        raw += part
        if len(raw) > most:
            raise NoAnswer(f"The server's answer has more than {most} bytes.")
    return bytes(raw)


def _whole(headers: Mapping[str, str], said: Message | None) -> dict[str, str]:
    return dict(headers) if said is None else {**headers, "content-type": _JSON}
