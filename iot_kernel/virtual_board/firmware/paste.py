"""Raw-paste: the compiler reads the source while it arrives, as in firmware.

MicroPython compiles from a file as it reads it, so the source is given to it as a file: one whose `readinto`
takes bytes from the terminal and grants the host credit for more. So a syntax error ends the transfer early
(a buffer of MicroPython's reader later than in firmware: some twenty bytes), and no copy of it is held. The
file has to be called ``<stdin>``, as tracebacks name it, so it is the only one of a file system that is the
current directory for just as long as it takes to open it.
"""

import io
import os

import filesystem
import terminal

CTRL_C = 3
CTRL_D = 4

window = 128  # bytes the host may send before it needs leave for more: half of a board's input buffer

_MOUNT = "/<paste>"
_NAME = "<stdin>"


def run(namespace):
    """Answers the host's wish to paste, compiles and executes what it sends.

    Raises:
        KeyboardInterrupt: the host sent Ctrl-C instead of the end.
    """
    terminal.write(b"R\x01" + bytes((window & 0xFF, window >> 8, 1)))
    source = _Source()
    filesystem.vfs.mount(_Opening(source, os.getcwd()), _MOUNT)
    os.chdir(_MOUNT)
    try:
        execfile(_NAME, namespace)  # noqa: F821 - one of MicroPython's own
    except BaseException:
        source.abandon()
        raise


class _Source(io.IOBase):
    """The source as a stream."""

    def __init__(self):
        self._ended = False
        self._remaining = window

    def readinto(self, buffer):
        """Fills the buffer: MicroPython takes less for the end of the file."""
        size = 0
        while size < len(buffer) and not self._ended:
            byte = terminal.read_byte()
            if byte == CTRL_D or byte == CTRL_C:  # noqa: SIM109 - no tuple for every byte
                self._end(byte)
                break
            buffer[size] = byte
            size += 1
            self._remaining -= 1
            if not self._remaining:
                terminal.write(b"\x01")
                self._remaining = window
        return size

    def _end(self, byte):
        self._ended = True
        if byte == CTRL_C:
            terminal.write(b"\x04")
            raise KeyboardInterrupt
        terminal.write_and_interrupt_on(b"\x04")

    def ioctl(self, request, argument):
        return 0

    def abandon(self):
        """Tells the host that no more is wanted, and reads what it still sends; nothing if it has ended."""
        if self._ended:
            return
        self._ended = True
        terminal.write(b"\x04")
        while terminal.read_byte() not in (CTRL_C, CTRL_D):
            pass


class _Opening:
    """A file system with one file, which disappears when the file is opened."""

    def __init__(self, source, directory):
        self._source = source
        self._directory = directory

    def mount(self, readonly, mkfs):
        pass

    def umount(self):
        pass

    def chdir(self, path):
        pass

    def open(self, path, mode):
        filesystem.vfs.umount(_MOUNT)
        os.chdir(self._directory)
        return self._source
