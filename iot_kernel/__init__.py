"""A Jupyter kernel for MicroPython and CircuitPython boards.

Importing this package loads nothing else; its packages are imported by name. Beside them stand a few small
modules that many packages use. Never: a module here that knows boards, cells or magics.
"""

__version__ = "0.1.0"
