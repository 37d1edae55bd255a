"""A rubric proposed from what a solution did: evidence in, criteria out. Pure.

Each file looks at one side of the evidence and proposes what it sees there; `draft.py` keeps what
holds for the solution and not for nothing, and `text.py` writes it as people would.
"""
