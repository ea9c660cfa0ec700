"""The language of a cell: its text divided into parts, and its lines joined as Python joins them.

Never: I/O, state, or what a magic does.
"""
