"""Prints the platform, and the mark that `who` left: none where the board has restarted since."""

try:
    print(__import__("sys").platform, __iot__)
except NameError:
    print(__import__("sys").platform)
