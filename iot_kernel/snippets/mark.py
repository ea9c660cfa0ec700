"""Prints the platform, and the mark that `who` left; raises NameError where the board has restarted since.

Leaves no name behind, as each new one takes memory on a board that has little. The user may have a variable
called print.
"""

__import__("builtins").print(__import__("sys").platform)
__iot__(0, 1)
