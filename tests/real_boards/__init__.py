"""Boards with real MicroPython, fetched by the test set-up."""
