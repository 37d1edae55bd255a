"""The engine's answers in the student's view: own names, own wishes, nothing of the host."""
