"""The database of the results: an ordinary Optuna storage, opened for a sweep or only to read."""
