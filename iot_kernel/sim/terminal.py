"""The board's terminal: bytes in, bytes out, and when Ctrl-C interrupts instead of being read.

While code runs, the host turns the interrupt character into a signal, which becomes KeyboardInterrupt; at the
prompt the character is read like any other. The register INTERRUPT_CHAR says which. Switching it off is a
handshake, so that no signal can arrive once `interrupt_off` has returned: the host raises SIGNALLING before
it looks at INTERRUPT_CHAR and lowers it after its signal was sent, and whoever sees it lowered has had the
signal.
"""

import select
import sys

import registers

CTRL_C = 3

_in = sys.stdin.buffer
_byte = bytearray(1)
_poller = select.poll()
_poller.register(sys.stdin, select.POLLIN)

write = sys.stdout.buffer.write


class HungUp(BaseException):
    """Nobody is at the other end of the terminal any more."""


def read_byte():
    """Waits for one byte of input.

    Raises HungUp at the end of the input.
    """
    if not _in.readinto(_byte):
        raise HungUp
    return _byte[0]


def discard_input():
    """Drops what arrived so far, as the interrupt handlers of real boards do."""
    while _poller.poll(0):
        if not _in.readinto(_byte):
            raise HungUp


def interrupt_on(char=CTRL_C):
    registers.put(registers.INTERRUPT_CHAR, char)


def interrupt_off():
    """Makes the interrupt character ordinary input again; may raise a last KeyboardInterrupt."""
    registers.put(registers.INTERRUPT_CHAR, 0)
    while registers.get(registers.SIGNALLING):
        pass
