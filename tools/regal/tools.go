//go:build tools

// Package tools pins the Regal executable that mcp-opa's Rego is linted with.
package tools

import _ "github.com/open-policy-agent/regal"
