//go:build tools

// Package tools pins the Compose that compose.yaml is started with in tests.
package tools

import _ "github.com/docker/compose/v5/cmd"
