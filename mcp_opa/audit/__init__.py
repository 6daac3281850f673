"""The record of what was decided, and what came of it."""
