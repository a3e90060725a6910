"""A trial that is a cluster: its process leads tasks, each a process that does its part."""
