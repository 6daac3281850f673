"""Other statuses than 200, each with the good answer as its body wherever HTTP lets it have one."""

from __future__ import annotations

from mcp_opa.model import Cause
from tests.faults.fault import Fault, head, http, sending


def _status(status: str, *headers: str) -> Fault:
    return Fault(status, Cause.UNAVAILABLE, sending(lambda asked: http(asked.body, *headers, status=status)))


def _empty(status: str) -> Fault:
    return Fault(f"{status}, empty", Cause.UNAVAILABLE, sending(lambda _: head(status=status)))


def _redirect(status: str) -> Fault:
    """The place that it names answers well, and must never be asked."""
    script = sending(lambda asked: http(asked.body, f"Location: {asked.elsewhere}", status=status))
    return Fault(f"{status}, to another server", Cause.UNAVAILABLE, script)


STATUSES = [
    _empty("101 Switching Protocols"),
    _empty("103 Early Hints"),
    _status("201 Created"),
    _status("202 Accepted"),
    _status("203 Non-Authoritative Information"),
    _empty("204 No Content"),
    _empty("205 Reset Content"),
    _status("206 Partial Content", "Content-Range: bytes 0-9/10"),
    _redirect("300 Multiple Choices"),
    _redirect("301 Moved Permanently"),
    _redirect("302 Found"),
    _redirect("303 See Other"),
    _empty("304 Not Modified"),
    _redirect("307 Temporary Redirect"),
    _redirect("308 Permanent Redirect"),
    _status("400 Bad Request"),
    _status("401 Unauthorized", 'WWW-Authenticate: Basic realm="opa"'),
    _status("403 Forbidden"),
    _status("404 Not Found"),
    _status("405 Method Not Allowed"),
    _status("408 Request Timeout", "Connection: close"),
    _status("413 Content Too Large"),
    _status("421 Misdirected Request"),
    _status("429 Too Many Requests", "Retry-After: 0"),
    _status("500 Internal Server Error"),
    _status("502 Bad Gateway"),
    _status("503 Service Unavailable", "Retry-After: 0"),
    _status("504 Gateway Timeout"),
    _status("599 Unknown"),
    _status("999 Unknown"),
]
