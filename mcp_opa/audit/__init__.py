"""The record of what was decided, and of what came of it.

Guarantees: a record is one frozen value with the fields of the MCP Security Kit under the kit's names; arguments and
errors are in it only after secrets were taken out. A log that can't write raises, and then the gate refuses. It keeps
no history and sends no alerts: `alert` is a field, for what reads the log.
"""

from __future__ import annotations

from typing import Protocol

from mcp_opa.audit.record import Record
from mcp_opa.audit.sinks import JsonLines, StandardError

__all__ = ["AuditLog", "JsonLines", "Record", "StandardError"]


class AuditLog(Protocol):
    """Where records go. Threads may share one."""

    def write(self, record: Record) -> None:
        """Keep a record; when this returns it is out of the process's hands. Raises, whatever it likes, if it isn't."""
        ...
