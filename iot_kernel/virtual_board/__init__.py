"""The board without hardware: MicroPython on this computer, with its lines, wires and firmware."""
