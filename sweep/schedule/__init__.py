"""How far each configuration is trained: legs, rungs, populations, and when to stop."""
