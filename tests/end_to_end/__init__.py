"""The kernel as a process, spoken to as frontends do."""
