"""Jupyter's debug protocol for code on boards: requests in, replies and events out.

Never: a board that is not awaited through what the caller gives.
"""
