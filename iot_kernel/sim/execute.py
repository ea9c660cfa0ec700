"""Runs the user's code and shows what it raised, as MicroPython's own REPL does."""

import io
import sys

import __main__
import registers
import terminal

_OWN_FRAMES = (
    '  File "' + __file__.rsplit("/", 1)[0] + "/"
)  # our frames are firmware: a real board does not show them

END = b"\x04"


class SoftReset(BaseException):
    """The interpreter starts again."""


def run(read_source, kind, marks=b"", file_name="<stdin>"):
    """Compiles and runs code in the user's namespace.

    Args:
        read_source: called for the source as bytes; may raise KeyboardInterrupt.
        kind: "exec" for a whole program, "single" for a line at the prompt.
        marks: written after the output and again after the traceback.
        file_name: what tracebacks call the source.

    Raises:
        SoftReset: the code ended the interpreter.
    """
    failure = None
    try:
        try:
            source = str(read_source(), "utf-8")
            terminal.interrupt_on()
            exec(compile(source, file_name, kind), __main__.__dict__)
        except BaseException as error:
            failure = error
    except KeyboardInterrupt as error:  # it came while the first one was being handled
        failure = failure or error
    failure = _settle(failure)
    terminal.write(marks)
    if isinstance(failure, terminal.HungUp):
        raise failure
    ended = isinstance(failure, SystemExit)
    if failure is not None and not ended:
        terminal.write(traceback(failure))
    terminal.write(marks)
    if ended:
        raise SoftReset


def _settle(failure):
    """Switches interrupts off; gives the failure to report, which a late interrupt may be."""
    while True:
        try:
            if isinstance(failure, KeyboardInterrupt) and registers.get(registers.INTERRUPT_CHAR):
                terminal.discard_input()  # before the host may send more
            terminal.interrupt_off()
            return failure
        except KeyboardInterrupt as error:
            failure = failure or error


def traceback(failure):
    """Gives the text of an exception as bytes with CRLF, without the frames of this program."""
    text = io.StringIO()
    sys.print_exception(failure, text)
    lines = [line for line in text.getvalue().split("\n") if not line.startswith(_OWN_FRAMES)]
    return "\r\n".join(lines).encode()
