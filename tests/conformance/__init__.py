"""The conformance suite of MCP, run on a server directly and through the gateway."""
