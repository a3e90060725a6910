"""Attempts on the machines of a Ray cluster.

On each node an actor of Ray's starts an `agent`: a process that has never seen Ray, loads the study
and is a `LocalEngine` for its share of the node. `engine` gives the orders to the agents and hands
on what they say; `share` is its side of one agent, `keeper` the actor between the two. Messages are
pickled by one end and unpickled by the other. No array goes that way.
"""
