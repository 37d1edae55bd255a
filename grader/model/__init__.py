"""Frozen, serialisable records: what flows through the program."""
