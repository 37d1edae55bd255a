"""The parts of the page that one student gets: what each section shows, and how it is drawn.

What students typed and what their containers printed is hostile. Three rules hold it:

1. Only templates make HTML, and they escape by themselves (`writing.py`).
2. The page's policy lets no script run but our own, by digest, and nothing be loaded.
3. Nothing is shown that only the rubric asked about: it could tell of a criterion that is hidden.
"""
