"""Someone's own program: its flags, its sources, and how it runs as it would by itself."""
