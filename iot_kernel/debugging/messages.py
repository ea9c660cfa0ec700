"""What a board that is debugged says. Pure: bytes in, values out.

The board (`iot_kernel.snippets`, ``debug.py``) sends frames of `CHANNEL`: a letter, and a literal.

    s  it stands: (count, main thread?, thread, reason, text, numbers of checkpoints)
       (instead of a number a line of `iot_kernel.debugging.instrumentation.traced`, where code has none)
    g  it goes on: ()
    l  a log point was passed: (text,)
    a  an answer: (the question's number, what the command returned)

It says that it stands again and again until it has heard something. What the host sends is told in
`iot_kernel.debugging.commands`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.instrumentation.traced import TracedLine, is_line
from iot_kernel.debugging.value_text import value_text
from iot_kernel.errors import RemoteProtocolError
from iot_kernel.text import literal, printable

#: Of frames.
CHANNEL = 3

#: Characters of a name and of a value that are shown.
LONGEST_NAME = 100
LONGEST_TEXT = 1000

#: Variables in an answer; boards send at most as many.
MOST_VARIABLES = 100

#: Frames of a call stack; the board sends fewer.
MOST_FRAMES = 100


#: Frames that the board knows of a stack, the innermost; it is the number in ``debug_notes.py``.
MOST_KEPT_FRAMES = 40


@dataclass(frozen=True, slots=True)
class Stopped:
    """A thread of the board stands at a checkpoint.

    Attributes:
        count: how often code has been stopped.
        is_main: it is the one that runs cells.
        thread: its number.
        reason: ``breakpoint``, ``step``, or ``error`` where a condition or a log point failed.
        text: what failed.
        numbers: the checkpoints of its call stack, the outermost first; the last one is where it stands.
    """

    count: int
    is_main: bool
    thread: int
    reason: str
    text: str
    numbers: tuple[int | TracedLine, ...]


@dataclass(frozen=True, slots=True)
class Continued:
    """The thread that stood goes on, by itself or because it was told to."""


@dataclass(frozen=True, slots=True)
class Logged:
    """A log point was passed.

    Attributes:
        text: what it says.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of a command.

    Attributes:
        number: of the command.
        value: a literal, which is not checked yet.
    """

    number: int
    value: object


Message = Stopped | Continued | Logged | Answer


@dataclass(frozen=True, slots=True)
class Variable:
    """A name, a key or an index, and what is there.

    Attributes:
        name: what it is called.
        kind: the name of its type.
        size: items, characters or bytes; None where it has no size.
        text: its value in one line; empty where only code of the user's could tell.
        reference: not 0 where something is inside; asks for that while the board stands.
    """

    name: str
    kind: str
    size: int | None
    text: str
    reference: int


@dataclass(frozen=True, slots=True)
class VariablePage:
    """Some of the variables of a place.

    Attributes:
        start: how many come before.
        total: how many there are.
        variables: these; fewer than were asked for where they are long. The next page begins behind them.
        about: the thing that they are inside of, where it was told; without a name.
    """

    start: int
    total: int
    variables: tuple[Variable, ...]
    about: Variable | None = None

    @property
    def rest(self) -> int | None:
        """Where the next page begins; None where this is the last one."""
        after = self.start + len(self.variables)
        return after if self.variables and after < self.total else None


def read(data: bytes) -> Message | None:
    """Reads the content of a frame; None where it makes no sense."""
    try:
        value = literal(data[1:].decode())
    except (UnicodeDecodeError, RemoteProtocolError):
        return None
    match data[:1], value:
        case b"s", (
            int(count),
            bool(is_main),
            int(thread),
            str(reason),
            str(text),
            list(numbers),
        ) if _are_numbers(numbers):
            return Stopped(
                count,
                is_main,
                thread,
                printable(reason),
                printable(text, LONGEST_TEXT),
                tuple(numbers),
            )
        case b"g", ():
            return Continued()
        case b"l", (str(text),):
            return Logged(printable(text, LONGEST_TEXT))
        case b"a", (str(number), answer) if number.isascii() and number.isdigit() and len(number) < 10:
            return Answer(int(number), answer)
    return None


def _are_numbers(values: Sequence[object]) -> bool:
    return 0 < len(values) <= MOST_FRAMES and all(type(value) is int or is_line(value) for value in values)


def result(answer: object) -> object:
    """Returns what a command returned.

    Raises:
        CommandFailedError: it raised.
    """
    match answer:
        case ("error", str(ename), str(evalue)):
            raise CommandFailedError(printable(ename), printable(evalue, LONGEST_TEXT))
    return answer


def numbers_of(answer: object) -> tuple[int | TracedLine, ...]:
    """Reads the answer to `ended`; empty where it makes no sense."""
    match answer:
        case list(numbers) if _are_numbers(numbers):
            return tuple(numbers)
    return ()


def part(answer: object) -> bytes:
    """Reads the answer to a question for the text of a file.

    Raises:
        RemoteProtocolError: the answer makes no sense.
    """
    if isinstance(answer, bytes):
        return answer
    raise _senseless(answer)


def about(answer: object) -> tuple[int, bool]:
    """Reads the answer to `about`: the highest number that was given out, and whether a thread can watch."""
    match answer:
        case (int(highest), bool(watches)):
            return highest, watches
    raise _senseless(answer)


def page(answer: object) -> VariablePage:
    """Reads the answer to a question for variables.

    Raises:
        RemoteProtocolError: the answer makes no sense.
    """
    match answer:
        case (int(start), list(items), int(total), *about) if start >= 0 and len(items) <= min(
            total, MOST_VARIABLES
        ):
            told = _variable(("", *about[0])) if about and isinstance(about[0], tuple) else None
            return VariablePage(start, total, tuple(_variable(item) for item in items), told)
    raise _senseless(answer)


def ran(answer: object) -> tuple[tuple[str, ...], Variable | None]:
    """Reads the answer to `run`.

    Returns:
        The names that did not get what was assigned to them; the value of an expression.

    Raises:
        RemoteProtocolError: the answer makes no sense.
    """
    match answer:
        case (None, tuple(told)):
            return (), _variable(("", *told))
        case (list(names), None) if all(isinstance(name, str) for name in names):
            return tuple(printable(name, LONGEST_NAME) for name in names), None
    raise _senseless(answer)


def _variable(item: object) -> Variable:
    match item:
        case (
            str(name),
            str(kind),
            int() | None as size,
            str() | None as value,
            list(first),
            int(reference),
        ) if all(isinstance(text, str | None) for text in first):
            line = value_text(kind, size, value, first)
            return Variable(printable(name, LONGEST_NAME), printable(kind), size, line, reference)
    raise _senseless(item)


def _senseless(answer: object) -> RemoteProtocolError:
    return RemoteProtocolError("reading what a stopped board says", repr(answer)[:200].encode())
