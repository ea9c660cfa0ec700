"""One board: its connection, who it is, and what can be asked of it."""
