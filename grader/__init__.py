"""Grades Docker labs: replays a student's lines on a real engine and scores what happened."""

__version__ = "0.1.0"
