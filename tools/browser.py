"""Chromium and its driver for the browser tests: the machine's own, or installed from Debian's packages.

Unlike a board, a browser needs its package installed (helper programs, fonts, a sandbox), which takes rights.
"""

from __future__ import annotations

import sys

from tools.store import UnavailableError
from tools.system import install

PROGRAMS = ("chromium", "chromedriver")
PACKAGES = ("chromium", "chromium-driver")


def obtain() -> None:
    """Make sure that `chromium` and `chromedriver` are on PATH.

    Raises:
        UnavailableError: They are not, and cannot be installed with the rights this process has.
    """
    install(PROGRAMS, PACKAGES, "the browser tests")


if __name__ == "__main__":
    try:
        obtain()
    except UnavailableError as error:
        sys.exit(f"error: {error}")
