"""Prints how many bytes of memory are free. Leaves no name behind: one would be there without an import."""

__import__("gc").collect()
__import__("builtins").print(__import__("gc").mem_free())
