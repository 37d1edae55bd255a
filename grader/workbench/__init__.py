"""The sealed student container, and the typing of a submission's lines at its terminal."""
