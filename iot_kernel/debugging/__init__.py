"""Debugging on firmware that has nothing for it: code with checkpoints, and talk with boards and frontends.

Never: a board, a thread or a clock.
"""
