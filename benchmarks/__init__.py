"""Measures the grader against what it wraps, as ratios within one run: `make bench`."""
