"""Programs of the host that run for a cell: shells, ssh, container engines.

Never: magics, cells or boards.
"""
