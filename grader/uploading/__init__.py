"""Grades on their way to a learning platform: what is written, and what must be left alone.

Always in three steps: a plan from what the platform holds, the store and the ledger of what was
sent before; the writing; the reading back, which alone is believed.
"""
