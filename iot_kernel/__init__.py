"""A Jupyter kernel for MicroPython and CircuitPython boards.

Importing this package loads nothing else; the rooms are imported by name.
"""

__version__ = "0.1.0"
