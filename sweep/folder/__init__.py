"""A trial's folder on the disk. Only this code touches its files."""
