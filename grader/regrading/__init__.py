"""A class scored again from its record: what would change is known before anything does.

`rescoring` goes over the cases of the store, in several processes; `effect` says what a new scoring
means for one student, `preview` for all. Nothing here writes.
"""
