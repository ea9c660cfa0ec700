"""Boards that nobody here wrote: real MicroPython, obtained by the test set-up."""
