"""Jupyter: requests and replies, what a cell is for, and the thread that runs it."""
