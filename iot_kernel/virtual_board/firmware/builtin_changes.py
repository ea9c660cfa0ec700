"""Where user code would see the unix port differ from a microcontroller, and what is done about it.

On a board ``sys.stdout.buffer`` sends bytes as they are, while text gets CR LF for LF: the host puts the CR
in, so what goes to ``buffer`` is marked (see `terminal.write`). On a board ``micropython.kbd_intr`` makes
Ctrl-C ordinary input; the unix port's would let it kill the process. On a board ``input`` has the history of
the prompt (the port's also ends lines with a CR LF that would be taken for text). On a board the clock can be
set, and firmware shows in no traceback.
"""

import builtins
import sys
import time

import board_clock
import execute
import line_editor
import micropython
import terminal

_kept = []

CTRL_C = 3
CTRL_D = 4

_PLAIN = (bytes, bytearray)


def _write(_buffer, data, *bounds):
    """Writes as a stream does: all of the data, or so many bytes of it, or so many from a place on."""
    if not isinstance(data, _PLAIN):
        data = memoryview(data)
        if len(bytes(data[:1])) > 1:  # its items are no bytes
            data = bytes(data)
    if bounds:
        start, size = bounds if len(bounds) == 2 else (0, bounds[0])
        data = data[start : start + size]
    return terminal.write(data)


def _close(_stream, _kind=None, _error=None, _traceback=None):
    """Leaves a standard stream open, as boards do."""


def _print_exception(error, file=sys.stdout):
    micropython.heap_lock()
    if micropython.heap_unlock():  # it was locked before
        execute.print_exception(error, file)
    else:
        print(execute.traceback(error), end="", file=file)


def _input(prompt=""):
    print(prompt, end="")
    line, key = line_editor.read("")
    if key == CTRL_C:
        raise KeyboardInterrupt
    if key == CTRL_D:
        raise EOFError
    return line


def _kbd_intr(char):
    if char < 0:
        terminal.interrupt_off()
    else:
        terminal.interrupt_on(char)


def install():
    """Puts the changes in force."""
    import rom  # for this once: its memory is the user's

    streams = (sys.stdin, sys.stdout, sys.stderr)
    buffers = [stream.buffer for stream in streams]
    _kept[:] = [
        rom.override(streams, close=_close, __exit__=_close),
        rom.override(buffers, close=_close, __exit__=_close, write=_write),
        rom.replace(builtins, input=_input),
        rom.replace(sys, print_exception=_print_exception),
        rom.replace(
            time,
            time=board_clock.now,
            time_ns=board_clock.now_ns,
            localtime=board_clock.local_time,
            gmtime=board_clock.local_time,
        ),
        rom.replace(micropython, kbd_intr=_kbd_intr),
    ]
