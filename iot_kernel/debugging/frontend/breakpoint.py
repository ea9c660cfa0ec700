"""A breakpoint of a frontend as it was understood: where it stops, and why it does not. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from iot_kernel.debugging.commands import Pause
from iot_kernel.debugging.expressions import log_expression, problem
from iot_kernel.debugging.instrumentation.checkpoints import Checkpoint

_NO_CODE = "no code of the board stands here or below"
_WAITS = "the board has this function without breakpoints; run its cell again"
_MAY_TRACE = ", unless the firmware has sys.settrace"


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A breakpoint as it was understood.

    Attributes:
        number: no other one has it.
        line: where it stops, or what was asked for where it never does.
        pause: what the board has to be told beside the names there.
        is_verified: it stops.
        message: what the user should know of it; empty where there is nothing to say.
        waits_in: the function that stops only after its cell has run again; empty where it stops.
    """

    number: int
    line: int
    pause: Pause
    is_verified: bool
    message: str = ""
    waits_in: str = ""

    def row(self, path: str) -> dict[str, Any]:
        """Returns what a frontend is told of it."""
        row = {"id": self.number, "line": self.line, "source": {"path": path}, "verified": self.is_verified}
        return {**row, "message": self.message} if self.message else row


def understood(
    number: int,
    wanted: Mapping[str, Any],
    points: Sequence[Checkpoint] | None,
    waits: Callable[[Checkpoint], bool],
    traces: bool | None,
) -> Breakpoint:
    """Understands a breakpoint that a frontend has asked for.

    Args:
        number: for it; no other one has it.
        wanted: of the debug adapter protocol, as for `Breakpoints.exchange`.
        points: the checkpoints of its text; None where that is not known, so that lines stay.
        waits: says at which checkpoints nothing stops before the cell has run again.
        traces: whether the firmware traces lines; None where nobody has asked it.
    """
    line = wanted.get("line")
    line = line if isinstance(line, int) else 0
    text = {name: str(wanted.get(name) or "") for name in ("condition", "logMessage", "hitCondition")}
    below = [point for point in points or () if point.line >= line]
    first = min(below, key=lambda point: (point.line, point.column), default=None)
    is_nowhere = first is None and points is not None
    message = why = problem(text["condition"], text["hitCondition"]) or (_NO_CODE if is_nowhere else "")
    pause = Pause(condition=text["condition"], log=log_expression(text["logMessage"]))
    waits_in = ""
    if not why and first is not None and not traces and waits(first):
        waits_in = first.scope.name
        message = _WAITS + ("" if traces is False else _MAY_TRACE)
    return Breakpoint(number, line if first is None else first.line, pause, not why, message, waits_in)
