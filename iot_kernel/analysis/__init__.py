"""What text alone tells of names: cells, and type stubs of the board, read by jedi in a process of its own.

Never: a question to a board, or execution of what is read.
"""
