"""The parent's side of attempts: slots of the machine, starting processes, hearing them end."""
