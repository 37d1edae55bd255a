"""The parts of the page of a class: what each section shows, and its template."""
