"""What a study found, as tables for people and for pandas."""
