"""A trial's folder on the disk: the only code that touches its files."""
