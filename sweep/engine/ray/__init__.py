"""Attempts on the machines of a Ray cluster.

On each node, a Ray actor starts an `agent`: a process without Ray that loads the study and runs a
`LocalEngine` for its share of the node. `engine` gives orders to the agents and passes their
messages on. `share` is the engine's side of one agent, and `keeper` is the actor between the two.
One end pickles messages and the other unpickles them. No arrays are sent.
"""
