"""Making a board's files those of directories on this computer: a plan, and carrying it out.

The plan is computed from two trees, the host's and the board's, by a function that touches neither.
"""
