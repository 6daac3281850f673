"""A server with everything that the conformance suite calls for, on the public API of the official SDK.

Guarantees: whatever it executes is a line in its log before it begins, so that a test can count executions from
outside. It is a fixture: it keeps nothing, asks nobody who they are, and listens on loopback alone.
"""
