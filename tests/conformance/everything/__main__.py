"""`python -m tests.conformance.everything PORT LOG`: serve `/mcp` on loopback until told to stop."""

from __future__ import annotations

import logging
import sys
import warnings
from pathlib import Path

import uvicorn

from tests.conformance.everything.events import Events
from tests.conformance.everything.server import Everything

RETRY_MS = 100
"""When a client whose stream was closed should come back."""


def main(port: str, log: str) -> None:
    """Serve until the process is told to stop."""
    warnings.simplefilter("ignore")  # what the newest revision deprecates is part of everything
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    app = Everything(Path(log)).server.streamable_http_app(event_store=Events(), retry_interval=RETRY_MS)
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="error", timeout_graceful_shutdown=1)


if __name__ == "__main__":
    main(*sys.argv[1:])
