"""The sweep's side of attempts: where trials train, behind one Protocol (`base`).

`local` runs every attempt in its own process on this machine, `inline` runs them in this process,
and `ray` has agents on the nodes of a cluster. `choice` makes the engine that is asked for.
"""
