"""What a trial does to a call of `train_and_evaluate`, whoever makes it."""
