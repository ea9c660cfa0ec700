"""Jupyter: its requests and replies, what a cell is for, the thread that runs it, and what it shows.

Never code of the user, and never how a board is reached.
"""
