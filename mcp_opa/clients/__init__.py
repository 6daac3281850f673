"""The configurations of MCP clients: where they lie, which servers they name, and the gateway put before those.

Guarantees: what can't be read surely is said to be odd, and never touched. Of a secret the name is told, not the value.
"""
