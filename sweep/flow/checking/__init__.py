"""What a short trial of a study tells of a sweep: what is wrong with it, and what it would cost."""
