"""Rate limits that a policy sets."""
