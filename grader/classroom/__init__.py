"""A whole class at once: who is to be graded, by how many workers, and what became of everybody.

`plan` says who, from the folders of submissions, the roster and the store; `rounds` has them graded
by `workers`, each of them a process (`worker`), or for quizzes right here; what leaves it is one
outcome after the other, and nothing of it is kept.
"""
