"""The few bytes that board and host share, and that outlive a reset: a file, reached through a descriptor.

A board's microcontroller has such bytes too: the interrupt controller's, the reset cause, the clock that a
battery keeps running. The host reads and writes the same file (``virtual_board/process.py`` holds the
same table).
"""

import struct

INTERRUPT_CHAR = 0  # board: the byte that interrupts now, 0 for none
SIGNALLING = 1  # host: a signal may be on its way
REPL_MODE = 2  # board: FRIENDLY or RAW, kept over a soft reset
RESET_KIND = 3  # board: how it wants to start again, NO_RESET while it runs
RESET_CAUSE = 4  # host: how the board came to start, one of the kinds below
INTERRUPT_SIGNAL = 5  # board: the signal that raises KeyboardInterrupt
CLOCK = 8  # board: signed 64-bit microseconds its clock is ahead of the host's

FRIENDLY = 0
RAW = 1

NO_RESET = 0  # as a cause: power-on
SOFT_RESET = 1
HARD_RESET = 2

_file = None
_VALUES = bytes(range(256))  # so that no value takes memory: the heap may be locked


def attach(descriptor):
    """Uses the open file behind the descriptor from now on."""
    global _file
    _file = open(descriptor, "r+b")  # open as long as the board is powered


def get(register):
    _file.seek(register)
    return _file.read(1)[0]


def put(register, value):
    _file.seek(register)
    _file.write(_VALUES, value, 1)


def clock_offset():
    _file.seek(CLOCK)
    return struct.unpack("<q", _file.read(8))[0]


def set_clock_offset(microseconds):
    _file.seek(CLOCK)
    _file.write(struct.pack("<q", microseconds))
