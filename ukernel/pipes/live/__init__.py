"""Live charts of pipes in notebooks and windows; the only part that needs Matplotlib."""
