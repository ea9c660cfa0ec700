"""Checkpoints in code for boards: where they stand, what they hand over, and what their numbers mean.

Never: what a frontend or a user wants of them.
"""
