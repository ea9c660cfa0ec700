"""Freezes `ucore` into firmware: ``include("…/iot_kernel/ucore/manifest.py")`` in the manifest of a board.

Runs where firmware is built, in MicroPython's ``tools/manifestfile.py``.
"""

metadata(description="Pipes and displays: from a board into notebooks of the IoT Kernel", version="2.0.0")

module("ucore.py")
