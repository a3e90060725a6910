"""The parent's side of attempts: where trials train, behind one Protocol (`base`).

`local` gives every attempt a process of its own on this machine, `inline` runs them in this one,
`ray` has agents on the nodes of a cluster; `choice` makes the one that is asked for.
"""
