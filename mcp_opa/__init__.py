"""mcp-opa: a policy gate in front of MCP servers."""
