"""Protocols of the board as state machines: bytes in, events out. No I/O, no clock, no thread."""
