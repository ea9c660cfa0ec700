"""The breakpoints that are set at a debugger's prompt. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from iot_kernel.debugging.commands import Pause, Pauses
from iot_kernel.debugging.instrumentation.checkpoints import Checkpoint
from iot_kernel.debugging.instrumentation.table import CheckpointTable, Place, StackFrame
from iot_kernel.debugging.prompt.source_texts import SourceTexts
from iot_kernel.errors import UsageError
from iot_kernel.syntax.parsing import is_expression


@dataclass(frozen=True, slots=True)
class PromptBreakpoint:
    """A breakpoint.

    Attributes:
        number: by which the user names it.
        place: the checkpoint at which the code stops.
        condition: an expression; empty stops always.
        is_temporary: it is forgotten when it has stopped the code.
    """

    number: int
    place: Place
    condition: str
    is_temporary: bool

    @property
    def pause(self) -> Pause | None:
        """What the board has to be told of it."""
        point = self.place.checkpoint
        if not self.condition:
            return None
        return Pause(self.condition, names=point.names, unsure=point.unsure, module=self.place.module)


class PromptBreakpoints:
    """All of them, in one cell that is debugged.

    Args:
        table: all checkpoints that the board has.
        texts: what they are in.
    """

    def __init__(self, table: CheckpointTable, texts: SourceTexts) -> None:
        self._table = table
        self._texts = texts
        self._set: dict[int, PromptBreakpoint] = {}
        self._until: frozenset[int] = frozenset()
        self._number = 0

    def all(self) -> list[PromptBreakpoint]:
        """Returns them in the order in which they were set."""
        return list(self._set.values())

    def add(self, where: str, condition: str, key: str, *, is_temporary: bool = False) -> PromptBreakpoint:
        """Sets one.

        Args:
            where: a line, or the name of a function.
            condition: an expression; empty stops always.
            key: of the text that the line is in.
            is_temporary: see `PromptBreakpoint`.

        Raises:
            UsageError: no code stops there, or the condition is none.
        """
        place = self._in_line(key, int(where)) if where.isdecimal() else self._in_function(where)
        if condition and not is_expression(condition):
            raise UsageError(f"the condition is no expression: {condition}")
        self._number += 1
        made = PromptBreakpoint(self._number, place, condition, is_temporary)
        self._set[self._number] = made
        return made

    def remove(self, number: int) -> None:
        """Forgets one; raises UsageError where there is none of this number."""
        if self._set.pop(number, None) is None:
            raise UsageError(f"there is no breakpoint {number}")

    def clear(self) -> None:
        """Forgets all."""
        self._set.clear()

    def stop_below(self, frame: StackFrame, line: int) -> None:
        """Has the code stop in lines of a frame's function from this one on, once."""
        place = frame.place
        self._until = frozenset(
            point.number
            for point in self._in(place.key)
            if point.scope == place.checkpoint.scope and point.line >= line
        )

    def reached(self, number: int) -> bool:
        """Forgets what is over, now that the code stands at a checkpoint; says whether anything was."""
        over = [each.number for each in self.all() if each.is_temporary and _number(each) == number]
        for each in over:
            del self._set[each]
        had_until, self._until = bool(self._until), frozenset()
        return bool(over) or had_until

    def lines(self, key: str) -> Collection[int]:
        """Returns the lines of a text that have some."""
        return {each.place.checkpoint.line for each in self.all() if each.place.key == key}

    def told(self, made: PromptBreakpoint) -> str:
        """Says where one is, and when it stops."""
        where = f"{self._texts.find(made.place.key).name}, line {made.place.checkpoint.line}"
        when = f", if {made.condition}" if made.condition else ""
        return f"Breakpoint {made.number} at {where}{when}{', once' if made.is_temporary else ''}"

    def pauses(self) -> Pauses:
        """Returns where the board has to stop, by the numbers of checkpoints."""
        return {**{_number(each): each.pause for each in self.all()}, **dict.fromkeys(self._until)}

    def _in(self, key: str) -> list[Checkpoint]:
        return [place.checkpoint for place in self._table.places() if place.key == key]

    def _in_line(self, key: str, line: int) -> Place:
        places = [
            place for place in self._table.places() if place.key == key and place.checkpoint.line >= line
        ]
        if not places:
            raise UsageError(f"no code stands in line {line} or below")
        return min(places, key=_order)

    def _in_function(self, name: str) -> Place:
        places = [place for place in self._table.places() if place.checkpoint.scope.name == name]
        if not name or not places:
            raise UsageError(
                f"this is neither a line nor a function with checkpoints: {name} ('%pdb on' gives them to "
                "functions of cells that run after it)"
            )
        latest = places[-1]
        return min((place for place in places if place.key == latest.key), key=_order)


def _order(place: Place) -> tuple[int, int, int]:
    """The first place of a text comes first, as the board has got it last."""
    point = place.checkpoint
    return point.line, point.column, -point.number


def _number(made: PromptBreakpoint) -> int:
    return made.place.checkpoint.number
