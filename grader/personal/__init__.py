"""Personal labs: values of each student's own, and the texts that refer to them."""
