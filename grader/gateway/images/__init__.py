"""A session's own images: which there are, and how a build becomes one that the engine may run."""
