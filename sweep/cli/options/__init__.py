"""What is typed behind a command: the options that several of them share, and what they mean."""
