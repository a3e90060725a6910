"""The child's side: one attempt at one trial in its own process, from params to result.

It talks to the sweep through one pipe (`messages`) and never touches the database.
"""
