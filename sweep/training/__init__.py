"""What a trial does to a call of `train_and_evaluate`, whether a study or a program makes it."""
