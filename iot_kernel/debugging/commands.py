"""What the host says to a board that is debugged. Pure: values in, text out.

Lines in ASCII: a number, a blank, and an expression that the board evaluates among its commands. The number
tells answers apart (`iot_kernel.debugging.messages`); a line that comes twice is obeyed once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum

from iot_kernel.debugging.errors import CommandFailedError
from iot_kernel.debugging.instrumentation.table import StackFrame
from iot_kernel.debugging.instrumentation.traced import TracedFunction, TracedLine

#: Where code stops: numbers of checkpoints, and lines of code without; None stops always.
Pauses = Mapping[int | TracedLine, "Pause | None"]

#: Characters of a command: a board has to hold it in memory.
LONGEST_COMMAND = 8000


class Step(IntEnum):
    """How far a thread goes: a breakpoint, any checkpoint, one of this or an outer frame, of an outer one."""

    CONTINUE = 0
    IN = 1
    NEXT = 2
    OUT = 3


@dataclass(frozen=True, slots=True)
class Pause:
    """Where and when a board stops.

    Args:
        condition: an expression; it stops where that is true. Empty stops always.
        log: an expression that gives a tuple; its items are reported as text, and the board goes on.
        names: those of the checkpoint, which both see.
        unsure: the same, of those that may be unbound.
        module: whose globals they see; empty for cells.
    """

    condition: str = ""
    log: str = ""
    names: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    module: str = ""


def numbered(number: int, command: str) -> str:
    """Returns the line of a command, in ASCII."""
    text = f"{number} {command}"
    if len(text) > LONGEST_COMMAND or not text.isascii():
        raise CommandFailedError("ValueError", f"more than {LONGEST_COMMAND} characters for a stopped board")
    return text


def go(step: Step) -> str:
    """The board goes on."""
    return f"go({step.value})"


def begin(*, follows: bool, watches: bool, highest: int) -> str:
    """A cell begins.

    Args:
        follows: every checkpoint keeps where it is and its values, so that they are known when the cell has
            raised. It takes twenty times as long as a checkpoint that only looks.
        watches: a thread looks whether commands come.
        highest: number of a checkpoint that the board may have now; it tells the next debugger.
    """
    return f"begin({follows},{watches},{highest})"


def place(pauses: Pauses) -> list[str]:
    """Commands that exchange where the board stops; at least one."""
    parts = _parts(f"{where!a}:{_given(pause)}" for where, pause in pauses.items())
    return [f"place({{{part}}},{index == 0})" for index, part in enumerate(parts)]


def trace(functions: Iterable[TracedFunction], modules: Collection[str]) -> list[str]:
    """Commands after which code without checkpoints stops as well; at least one.

    Args:
        functions: of cells.
        modules: those that have checkpoints, and so need no tracing.
    """
    parts = _parts(ascii((each.name, each.first, each.last)) for each in functions)
    others = tuple(sorted(modules))
    return [f"trace(({part}),{(others if at == 0 else ())!a},{at == 0})" for at, part in enumerate(parts)]


def keep(numbers: Collection[int]) -> list[str]:
    """Commands that exchange the checkpoints that keep where they are and their values; at least one."""
    return [f"keep(({part}),{index == 0})" for index, part in enumerate(_parts(map(str, sorted(numbers))))]


def _parts(items: Iterable[str]) -> Iterator[str]:
    """Joins items to texts that a command can hold, each of them with a comma at its end."""
    part = ""
    for item in items:
        if part and len(part) + len(item) > LONGEST_COMMAND // 4:
            yield part
            part = ""
        part += f"{item},"
    yield part


def _given(pause: Pause | None) -> str:
    if pause is None or not (pause.condition or pause.log):
        return "None"
    return ascii((pause.condition, pause.log, pause.names, pause.unsure, pause.module))


def run(frame: StackFrame | None, code: str, *, executes: bool = False) -> str:
    """Evaluates an expression, or executes statements.

    Args:
        frame: whose names they see; None for the globals of cells only.
        code: the text.
        executes: these are statements.
    """
    if frame is None:
        return f"run(0,{code!a},(),(),0,'',{executes})"
    point = frame.place.checkpoint
    names = f"{point.names!a},{point.unsure!a},{point.settable},{frame.place.module!a}"
    return f"run({frame.index},{code!a},{names},{executes})"


def local(frame: StackFrame, start: int) -> str:
    """Asks for the local variables of a frame, from one on."""
    point = frame.place.checkpoint
    return f"local({frame.index},{point.names!a},{point.unsure!a},{start})"


def wide(module: str | None, start: int) -> str:
    """Asks for the globals of a module, from one on: empty for cells, None for the class in the making."""
    return f"wide({module!a},{start})"


def children(reference: int, start: int) -> str:
    """Asks for what is inside of something, from one item on."""
    return f"children({reference},{start})"


def text(file: str, start: int) -> str:
    """Asks for the text of a traced file, as bytes, from one on."""
    return f"text({file!a},{start})"


UNTRACE = "untrace()"
PAUSE = "pause()"
ENDED = "ended()"
LET_GO = "let_go()"
END = "end()"  # of a cell: a step that has not come to its end is forgotten, and what was kept
ABOUT = "about()"
WALRUS = "eval('(a:=1)')"  # raises SyntaxError before MicroPython 1.13
