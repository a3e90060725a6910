"""The child's side: one attempt at one trial in a process of its own, from params to result.

It speaks with the sweep through one pipe (`messages`) and never touches the database.
"""
