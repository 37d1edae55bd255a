"""The store of grades: attempts, evidence, results, and who changed which score, when and why.

`Store` is the door. SQLite in one file by default, PostgreSQL by URL; both are written by one
process at a time. The evidence itself lies beside the database, in files named by their content.
"""

from __future__ import annotations

from grader.store.store import Known, Store
from grader.store.writing import Writing

__all__ = ["Known", "Store", "Writing"]
