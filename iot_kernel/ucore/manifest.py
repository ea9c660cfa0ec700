"""Freezes `ucore` into firmware: ``include("…/iot_kernel/ucore/manifest.py")`` in the manifest of a board.

Runs where firmware is built, in MicroPython's `tools/manifestfile.py`.
"""

module("ucore.py")
