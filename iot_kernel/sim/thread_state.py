"""Finds where the interpreter keeps the state of its main thread: `address`, or None.

Locals and globals stand side by side there, and while a module's body runs they are one dictionary. So this
body looks for the address of its own dictionary twice in a row, in the interpreter's writable data; it is
nowhere else. The search must stay in the body: a function would have other locals.
"""

import struct

import uctypes


def _data_segments(inside):
    """Gives (start, end) of the writable data of the program that has the address ``inside`` in it."""
    regions = []
    program = ""
    with open("/proc/self/maps") as lines:
        for line in lines:
            fields = line.split()
            start, end = (int(text, 16) for text in fields[0].split("-"))
            name = fields[5] if len(fields) > 5 else ""
            regions.append((start, end, fields[1], name))
            if start <= inside < end:
                program = name
    return [(start, end) for start, end in _writable(regions, program)]


def _writable(regions, program):
    """Gives the program's own writable regions, and the nameless one right behind them: zero at the start."""
    last = 0
    for start, end, rights, name in regions:
        own = bool(name) and name == program
        if "w" in rights and (own or (not name and start == last)):
            yield start, end
        if own:
            last = end


_pattern = struct.pack("PP", id(globals()), id(globals()))
_found = []
for _start, _end in _data_segments(id(print)):
    _data = bytes(uctypes.bytearray_at(_start, _end - _start))
    _at = _data.find(_pattern)
    while _at >= 0:
        _found.append(_start + _at)
        _at = _data.find(_pattern, _at + 1)

address = _found[0] if len(_found) == 1 else None
