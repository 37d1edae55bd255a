"""The one real Docker engine: our own calls to it, its images, and what crashes left on it."""
