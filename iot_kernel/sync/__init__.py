"""Makes a board's files those of directories on this computer: a plan from two trees, and carrying it out.

The plan is computed by a function that touches neither tree. Never: a deletion that no plan names, or
printing.
"""
