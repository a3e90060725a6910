"""A trial that is a cluster: its process leads the tasks, each a process that trains its part."""
