"""Debugging on firmware that has nothing for it: code with checkpoints, and what is said of a stopped board.

Never: a board, a thread, a clock, or Jupyter's messages.
"""
