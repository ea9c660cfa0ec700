"""Boards: which are known and where, which are there now, and which one is the current one."""
