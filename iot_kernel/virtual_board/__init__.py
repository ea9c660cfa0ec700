"""The board without hardware: MicroPython in a process of this computer, with wires, ports and firmware.

`firmware` holds the programs that MicroPython runs there. Never: help for a test that a real board could not
give, or a shortcut around the wire.
"""
