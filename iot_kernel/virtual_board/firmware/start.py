"""The virtual board's power-on: MicroPython runs this file, the host never imports it.

Arguments: the descriptor of the board's registers; the mark and the size of records of output (see
`terminal.use_records`), the mark in hex; the numbers of SIGINT, of the signal that interrupts and of the one
that nudges; the terminal whose hang-up ends the board (or ``-``); the directory that is its file system; its
id in hex; the window of raw-paste mode; how many milliseconds it takes to start.
"""

import gc

gc.threshold(16384)  # bytes between collections, so that what stays does not lie about in the user's heap

import machine  # noqa: E402, F401 - the largest first, while there is memory to compile it
import firmware  # noqa: E402

firmware.run()
