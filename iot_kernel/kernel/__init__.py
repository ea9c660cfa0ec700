"""Jupyter's requests and replies: who executes a cell, on which thread, what it shows, and how it fails.

Never: how a board is reached, or code of the user in this process.
"""
