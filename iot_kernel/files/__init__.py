"""A board's files: listing, reading, writing, removing, by programs that it runs.

All that is known here of a board is that it runs code (`board`). Never: a connection to a board, or printing.
"""
