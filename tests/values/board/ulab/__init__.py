"""Stands in for ulab, which no firmware of the tests has: what its manual says of its arrays, and no more."""

__version__ = "6.5.2-2D-c"
