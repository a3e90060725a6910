"""The options that several commands share, and how their values are parsed."""
