"""The main flow: from a study and options to trials told, in the one process that asks."""
