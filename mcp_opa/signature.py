"""Signatures of bundles, as OPA verifies them."""
