"""Prints how many bytes of memory are free. Leaves no name behind: one would be there without an import."""

__import__("gc").collect()
print(__import__("gc").mem_free())
