"""Runs the user's code and shows what it raised, as MicroPython's own REPL does."""

import io
import sys

import __main__
import interrupts
import micropython
import registers
import terminal

#: Our frames are firmware, which shows in no traceback of a board.
_OWN_FRAMES = '  File "%s/' % __file__.rsplit("/", 1)[0]

print_exception = sys.print_exception


class SoftReset(BaseException):
    """The interpreter starts again."""


def program(read_source, kind, name="<stdin>"):
    """Gives an action for `run`: compile and execute a source.

    Args:
        read_source: called for the source as bytes.
        kind: "exec" for a whole program, "single" for a line at the prompt.
        name: what tracebacks call the source.
    """

    def action(namespace):
        source = str(read_source(), "utf-8")
        terminal.interrupt_on()
        exec(compile(source, name, kind), namespace)

    return action


def run(action, end=b"", prompt=b"", namespace=__main__.__dict__):
    """Does something of the user's, with the user's namespace.

    Args:
        action: called with the namespace.
        end: written after the output and again after the traceback.
        prompt: written after that.
        namespace: taken before a user's variable may be called ``__dict__``.

    Raises:
        SoftReset: the user ended the interpreter.
        terminal.HungUp: nobody is there any more.
    """
    failure = None
    try:
        try:
            action(namespace)
        except BaseException as error:
            failure = error
    except KeyboardInterrupt as error:  # it came while the first one was being handled
        failure = failure or error
    failure = _settle(failure)
    if isinstance(failure, terminal.HungUp):
        raise failure
    if isinstance(failure, SystemExit):
        terminal.write(end + end)
        raise SoftReset
    text = traceback(failure).replace("\n", "\r\n") if failure else ""
    terminal.write(end + text.encode() + end + prompt)


def _settle(failure):
    """Switches interrupts off; gives the failure to report, which a late interrupt may be."""
    while True:
        try:
            _unlock_heap()
            if isinstance(failure, KeyboardInterrupt) and registers.get(registers.INTERRUPT_CHAR):
                terminal.discard_input()  # before the host may send more
            terminal.interrupt_off()
            interrupts.prepare()
            return failure
        except KeyboardInterrupt as error:
            failure = failure or error


def _unlock_heap():
    """Lets objects be made again, as firmware does before a prompt: otherwise only a reset could help."""
    micropython.heap_lock()  # unlocking one that is not locked would lock it
    while micropython.heap_unlock():
        pass


def traceback(failure):
    """Gives the text of an exception, without the frames of this program."""
    text = io.StringIO()
    print_exception(failure, text)
    lines = [line for line in text.getvalue().split("\n") if not line.startswith(_OWN_FRAMES)]
    if lines[0].startswith("Traceback") and not lines[1].startswith('  File "'):
        del lines[0]  # a heading with nothing below it is not printed
    return "\n".join(lines)
