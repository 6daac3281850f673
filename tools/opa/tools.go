//go:build tools

// Package tools pins the OPA executable that mcp-opa is built and tested with.
package tools

import _ "github.com/open-policy-agent/opa"
