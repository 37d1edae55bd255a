"""Proving a lab: its rubric must tell the right work from work that is nearly right.

The reference solution, an empty submission and the samples have to get the points that they are
meant to get; and everything that is one small change away from the solution has to lose some.
"""
