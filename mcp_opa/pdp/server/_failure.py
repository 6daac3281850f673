"""What went wrong on the way to OPA and back, as a cause and a sentence for an operator.

Guarantees: every exception has a cause; no sentence quotes a question, an answer or a file.
"""

from __future__ import annotations

import os
import socket
import ssl
from http.client import HTTPException, IncompleteRead

from mcp_opa.model import Answer, Cause
from mcp_opa.pdp import EngineError
from mcp_opa.pdp.server._adapter import Unasked
from mcp_opa.pdp.server._connection import NotConnected
from mcp_opa.pdp.server._wire import Garbled


def failed(error: BaseException, where: str, seconds: float) -> Answer:
    """The answer that an exception stands for. `where` is what OPA's address says."""
    if isinstance(error, TimeoutError):
        return _of(
            Cause.TIMEOUT, f"{where} did not give {str(error) or 'an answer'} within {seconds:g} s: is OPA busy?"
        )
    if isinstance(error, EngineError | Unasked):
        return _of(Cause.UNAVAILABLE, str(error))
    if isinstance(error, NotConnected):
        return _of(Cause.UNAVAILABLE, _unreached(error.__cause__, where))
    if isinstance(error, Garbled):
        return _of(Cause.MALFORMED, f"what {where} answers is not OPA's: {error}; is it OPA that listens there?")
    if isinstance(error, HTTPException) and not isinstance(error, ConnectionError | IncompleteRead):
        return _of(Cause.MALFORMED, f"what {where} answers is not OPA's; is it OPA that listens there?")
    if isinstance(error, ssl.SSLError):
        return _of(Cause.UNAVAILABLE, _tls(error, where))
    if isinstance(error, OSError | IncompleteRead):
        return _of(Cause.UNAVAILABLE, f"{where} closed the connection before its answer was whole: see OPA's log")
    return _of(Cause.UNAVAILABLE, f"asking {where} failed: {type(error).__name__}")


def _unreached(error: BaseException | None, where: str) -> str:
    if isinstance(error, ssl.SSLError):
        return _tls(error, where)
    if isinstance(error, socket.gaierror):
        return f"the name in {where} leads nowhere: mend the address, or the resolver"
    if isinstance(error, ConnectionRefusedError | FileNotFoundError):
        return f"nobody listens at {where}: start OPA there, or mend the address"
    if isinstance(error, BlockingIOError):
        return f"{where} takes no more connections: OPA is stuck or overrun"
    code = getattr(error, "errno", None)
    return f"{where} can't be reached: {os.strerror(code) if isinstance(code, int) else 'the connection was closed'}"


def _tls(error: ssl.SSLError, where: str) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"the certificate of {where} is not to be trusted: {error.verify_message}; see it and the CA file"
    reason = (error.reason or "it ended").replace("_", " ").lower()
    return f"TLS with {where} failed: {reason}; does it speak TLS, and want a client certificate?"


def _of(cause: Cause, detail: str) -> Answer:
    return Answer(cause=cause, detail=detail)
