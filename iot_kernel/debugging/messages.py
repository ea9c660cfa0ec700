"""What a stopped board and the host say to each other. Pure: text and bytes in, values out.

The board (`iot_kernel.snippets`, ``debug.py``) sends frames of `CHANNEL`: a letter, and a literal.

    s  it stands: (main thread?, thread, reason, text, numbers of checkpoints, callers known?)
    g  it goes on: ()
    l  a log point was passed: (text,)
    a  an answer: (the question's number, what the command returned)

The host sends lines: a number, a blank, a command. The number tells answers apart; a line that comes twice is
obeyed once. The board says that it stands again and again until it has heard something.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum

from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.errors import RemoteProtocolError
from iot_kernel.text import literal, printable

#: Of frames.
CHANNEL = 3

#: Characters of a command: a board has to hold it in memory.
LONGEST_COMMAND = 8000

#: Characters of a name and of a value that are shown.
LONGEST_NAME = 100
LONGEST_TEXT = 1000

#: Frames of a call stack; the board sends fewer.
MOST_FRAMES = 100


class Step(IntEnum):
    """How far a thread goes: to a breakpoint, to any checkpoint, to one of this or an outer frame, of an outer."""

    CONTINUE = 0
    IN = 1
    NEXT = 2
    OUT = 3


@dataclass(frozen=True, slots=True)
class Stopped:
    """A thread of the board stands at a checkpoint.

    Attributes:
        is_main: it is the one that runs cells.
        thread: its number.
        reason: ``breakpoint``, ``step``, or ``error`` where a condition or a log point failed.
        text: what failed.
        numbers: the checkpoints of its call stack, the outermost first; the last one is where it stands.
        knows_callers: all frames are there; else those of functions that were called before the board began
            to follow its calls are missing.
    """

    is_main: bool
    thread: int
    reason: str
    text: str
    numbers: tuple[int, ...]
    knows_callers: bool


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
        text: a short value; None where it has none, or where only code of the user's could tell.
        reference: asks for what is inside, while the board stands; 0 where nothing is.
    """

    name: str
    kind: str
    size: int | None
    text: str | None
    reference: int


@dataclass(frozen=True, slots=True)
class VariablePage:
    """Some of the variables of a place.

    Attributes:
        start: how many come before.
        total: how many there are.
        variables: these; fewer than were asked for where they are long. The next page begins behind them.
    """

    start: int
    total: int
    variables: tuple[Variable, ...]


@dataclass(frozen=True, slots=True)
class Pause:
    """Where and when a board stops.

    Args:
        condition: an expression; it stops where that is true. Empty stops always.
        log: an expression that gives a tuple; its items are reported as text, and the board goes on.
        names: those of the checkpoint, which both see.
        module: whose globals they see; empty for cells.
    """

    condition: str = ""
    log: str = ""
    names: tuple[str, ...] = ()
    module: str = ""


# From the board


def read(data: bytes) -> Message | None:
    """Reads the content of a frame; None where it makes no sense."""
    try:
        value = literal(data[1:].decode())
    except (UnicodeDecodeError, RemoteProtocolError):
        return None
    match data[:1], value:
        case b"s", (bool(is_main), int(thread), str(reason), str(text), list(numbers), bool(knows)) if (
            _are_numbers(numbers)
        ):
            return Stopped(
                is_main, thread, printable(reason), printable(text, LONGEST_TEXT), tuple(numbers), knows
            )
        case b"g", ():
            return Continued()
        case b"l", (str(text),):
            return Logged(printable(text, LONGEST_TEXT))
        case b"a", (str(number), answer) if number.isascii() and number.isdigit() and len(number) < 10:
            return Answer(int(number), answer)
    return None


def _are_numbers(values: Sequence[object]) -> bool:
    return 0 < len(values) <= MOST_FRAMES and all(type(value) is int for value in values)


def result(answer: object) -> object:
    """Returns what a command returned.

    Raises:
        CommandFailedError: it raised.
    """
    match answer:
        case ("error", str(ename), str(evalue)):
            raise CommandFailedError(printable(ename), printable(evalue, LONGEST_TEXT))
    return answer


def numbers_of(answer: object) -> tuple[int, ...]:
    """Reads the answer to `ended`; empty where it makes no sense."""
    match result(answer):
        case list(numbers) if _are_numbers(numbers):
            return tuple(numbers)
    return ()


def page(answer: object) -> VariablePage:
    """Reads the answer to a question for variables.

    Raises:
        CommandFailedError: the question failed.
        RemoteProtocolError: the answer makes no sense.
    """
    match result(answer):
        case (int(start), int(total), list(items)) if start >= 0 and total >= len(items):
            return VariablePage(start, total, tuple(_variable(item) for item in items))
    raise _senseless(answer)


def ran(answer: object) -> tuple[tuple[str, ...], Variable | None]:
    """Reads the answer to `run`.

    Returns:
        The names that did not get what was assigned to them; the value of an expression.

    Raises:
        CommandFailedError: the code raised.
        RemoteProtocolError: the answer makes no sense.
    """
    match result(answer):
        case (None, tuple(told)):
            return (), _variable(("", *told))
        case (list(names), None) if all(isinstance(name, str) for name in names):
            return tuple(printable(name, LONGEST_NAME) for name in names), None
    raise _senseless(answer)


def _variable(item: object) -> Variable:
    match item:
        case (str(name), str(kind), int() | None as size, str() | None as text, int(reference)):
            shown = None if text is None else printable(text, LONGEST_TEXT)
            return Variable(printable(name, LONGEST_NAME), printable(kind), size, shown, reference)
    raise _senseless(item)


def _senseless(answer: object) -> RemoteProtocolError:
    return RemoteProtocolError("reading what a stopped board says", repr(answer)[:200].encode())


# To the board


def line(number: int, command: str) -> str:
    """Returns the line of a command, in ASCII."""
    text = f"{number} {command}"
    if len(text) > LONGEST_COMMAND or not text.isascii():
        raise CommandFailedError("ValueError", f"more than {LONGEST_COMMAND} characters for a stopped board")
    return text


def go(step: Step) -> str:
    """The board goes on."""
    return f"go({step.value})"


def begin(*, follows: bool) -> str:
    """A cell begins.

    Args:
        follows: every checkpoint keeps where it is and its values, so that callers and their values are known
            when the board stops. It takes ten times as long as a checkpoint that only looks.
    """
    return f"begin({follows})"


def place(pauses: Mapping[int, Pause | None]) -> list[str]:
    """Commands that exchange the checkpoints at which the board stops; at least one."""
    commands: list[list[str]] = []
    items: list[str] = []
    size = 0
    for number, pause in pauses.items():
        item = f"{number}:{_given(pause)}"
        if items and size + len(item) > LONGEST_COMMAND // 4:
            commands.append(items)
            items, size = [], 0
        items.append(item)
        size += len(item)
    commands.append(items)
    return [f"place({{{','.join(each)}}},{index == 0})" for index, each in enumerate(commands)]


def _given(pause: Pause | None) -> str:
    if pause is None or not (pause.condition or pause.log):
        return "None"
    return ascii((pause.condition, pause.log, pause.names, pause.module))


def run(
    frame: int, code: str, names: Iterable[str], *, settable: int, module: str, executes: bool = False
) -> str:
    """Evaluates an expression, or executes statements, among the names of a frame.

    Args:
        frame: its place in the call stack, from 0 for the outermost one.
        code: the text.
        names: those of its checkpoint.
        settable: how many of them can be set.
        module: whose globals it sees; empty for cells.
        executes: these are statements.
    """
    return f"run({frame},{code!a},{tuple(names)!a},{settable},{module!a},{executes})"


def local(frame: int, names: Iterable[str], start: int) -> str:
    """Asks for the local variables of a frame, from one on."""
    return f"local({frame},{tuple(names)!a},{start})"


def wide(module: str | None, start: int) -> str:
    """Asks for the globals of a module, from one on: empty for cells, None for the class in the making."""
    return f"wide({module!a},{start})"


def children(reference: int, start: int) -> str:
    """Asks for what is inside of something, from one item on."""
    return f"children({reference},{start})"


PAUSE = "pause()"
ENDED = "ended()"
LET_GO = "let_go()"
READY = "ready()"
