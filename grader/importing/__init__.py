"""Labs that begin as something else: a small example, or a page of the course."""
