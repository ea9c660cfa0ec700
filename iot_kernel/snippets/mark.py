"""Prints the platform, and the mark that `who` left: none where the board has restarted since.

Leaves no name behind, as each new one takes memory on a board that has little. The user may have a variable
called print.
"""

try:
    __import__("builtins").print(__import__("sys").platform, __iot__)
except NameError:
    __import__("builtins").print(__import__("sys").platform)
