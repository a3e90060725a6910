"""A user's own program: its flags, its sources, and how it runs unchanged."""
