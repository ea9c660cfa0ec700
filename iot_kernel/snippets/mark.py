"""Prints the platform, and the mark that `who` left: none where the board has restarted since."""

import sys

try:
    print(sys.platform, __iot__)
except NameError:
    print(sys.platform)
