"""Where user code would see the unix port differ from a microcontroller, and what is done about it.

On a board ``print`` and ``sys.stdout`` end lines with CR LF while ``sys.stdout.buffer`` sends bytes as they
are; the unix port leaves the CR to a terminal, which would spoil binary output. On a board
``micropython.kbd_intr`` makes Ctrl-C ordinary input; the unix port's would let it kill the process. On a
board the clock can be set.
"""

import builtins
import io
import sys
import time

import board_clock
import execute
import micropython
import terminal

_c_print = print
_write = terminal.write


class _Output(io.IOBase):
    """sys.stdout as boards have it: text gets CR LF, `buffer` does not."""

    buffer = sys.stdout.buffer

    def write(self, data):
        text = data if isinstance(data, str) else bytes(data).decode()
        _write(text.replace("\n", "\r\n").encode())
        return len(data)

    def flush(self):
        pass

    def fileno(self):
        return sys.stdout.fileno()

    def ioctl(self, request, argument):
        return argument & 4 if request == 3 else 0  # MP_STREAM_POLL: always writable


def _blank():
    import blank

    del sys.modules["blank"]
    return blank


_blanks = [_blank() for _ in range(4)]  # as long as our files are there to import


def _module(original, **changes):
    """Gives a module that stands in for a built-in one, with some names changed.

    No other object can: ``from NAME import *`` takes whatever is there for a module.
    """
    blank = _blanks.pop()
    for name in dir(original):
        setattr(blank, name, getattr(original, name))
    for name, value in changes.items():
        setattr(blank, name, value)
    return blank


_stdout = _Output()


def _print(*values, file=_stdout, **options):
    if file is not _stdout:
        return _c_print(*values, file=file, **options)
    text = io.StringIO()
    _c_print(*values, file=text, **options)
    _write(text.getvalue().replace("\n", "\r\n").encode())
    return None


def _repl_print(value):
    if value is not None:
        builtins._ = value
        _print(repr(value))


def _print_exception(error, file=_stdout):
    if file is _stdout:
        _write(execute.traceback(error))
    else:
        sys.print_exception(error, file)


def _kbd_intr(char):
    if char < 0:
        terminal.interrupt_off()
    else:
        terminal.interrupt_on(char)


def install():
    """Puts the changes in force for everything imported from now on."""
    builtins.print = _print
    builtins.__repl_print__ = _repl_print
    sys.modules["sys"] = _module(sys, stdout=_stdout, stderr=_stdout, print_exception=_print_exception)
    sys.modules["time"] = _module(
        time,
        time=board_clock.now,
        time_ns=board_clock.now_ns,
        localtime=board_clock.local_time,
        gmtime=board_clock.local_time,
    )
    sys.modules["micropython"] = _module(micropython, kbd_intr=_kbd_intr)
