"""Enforcement points: where calls are met, put to the gate, and run or refused."""
