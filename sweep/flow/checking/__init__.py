"""What short trials of a study show: what is wrong with it, and what a sweep would cost."""
