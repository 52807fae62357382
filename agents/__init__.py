"""Who decides: agents, their specifications, and the asking."""
