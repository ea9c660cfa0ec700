"""What is known of code with checkpoints: where each stands, and which names it hands over. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from iot_kernel.debugging.instrumentation.calls import NOTHING, Callables
from iot_kernel.debugging.instrumentation.names import Names


class ScopeKind(StrEnum):
    """Where the names of a scope are: a module's and a class's in dictionaries, a function's nowhere."""

    MODULE = "module"
    CLASS = "class"
    FUNCTION = "function"


@dataclass(frozen=True, slots=True)
class Scope:
    """A piece of code with names of its own.

    Attributes:
        name: as Python qualifies it, ``Motor.start``; empty for a module or a cell.
        kind: what it is.
        line: where it begins.
    """

    name: str
    kind: ScopeKind
    line: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place where code can be stopped: in front of a statement, or of the condition or the items of one.

    Attributes:
        number: by which the board knows it.
        line: of the text, which is the same with and without checkpoints.
        column: bytes in front of it in this line, without checkpoints.
        scope: what it belongs to.
        names: those whose values it hands over, in this order: what is bound there for certain; none in a
            module or a class, where a dictionary has them.
        settable: how many of them, from the first, can get other values while the code stands there.
        unsure: local names that may be unbound there, and are seen where they are not.
        is_last: the function ends there, and calls nothing any more.
        calls: by what code may be called there, see `iot_kernel.debugging.instrumentation.calls`.
        begins_loop: it is the first one inside of a loop.
    """

    number: int
    line: int
    column: int
    scope: Scope
    names: tuple[str, ...] = ()
    settable: int = 0
    unsure: tuple[str, ...] = ()
    is_last: bool = False
    calls: Names = frozenset()
    begins_loop: bool = False


@dataclass(frozen=True, slots=True)
class LeftAlone:
    """Something that has no checkpoints.

    Attributes:
        name: of the function; empty for all of the text.
        line: where it begins.
        why: for the user.
    """

    name: str
    line: int
    why: str


@dataclass(frozen=True, slots=True)
class Instrumented:
    """Code with checkpoints.

    Attributes:
        source: the new text; line for line the old one.
        checkpoints: in the order of their numbers, which follow one another.
        left_alone: what has none.
        callables: how the code can be called.
    """

    source: str
    checkpoints: tuple[Checkpoint, ...] = ()
    left_alone: tuple[LeftAlone, ...] = ()
    callables: Callables = NOTHING

    def find(self, line: int) -> Checkpoint | None:
        """Returns the checkpoint at which a breakpoint of a line stops: the first one there or further down.

        In front of a function the next line that stops may be inside of it, as in other debuggers.
        """
        later = [point for point in self.checkpoints if point.line >= line]
        return min(later, key=lambda point: (point.line, point.column), default=None)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a piece of a cell runs on a board.

    Attributes:
        source: its text, with checkpoints.
        stops: it stops at the first of them.
        left_alone: what in it has none.
    """

    source: str
    stops: bool
    left_alone: tuple[LeftAlone, ...]
