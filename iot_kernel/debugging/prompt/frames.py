"""Frames of a call stack as a debugger's prompt shows them. Pure: values in, text out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from iot_kernel.debugging.instrumentation.checkpoints import Scope, ScopeKind
from iot_kernel.debugging.instrumentation.table import StackFrame
from iot_kernel.debugging.prompt.source_texts import SourceText, SourceTexts
from iot_kernel.text import printable

#: Characters of a line that are shown.
LONGEST_LINE = 200


@dataclass(frozen=True, slots=True)
class PromptFrame:
    """A frame.

    Attributes:
        source: the text that it is in.
        line: of the text.
        function: its name; empty outside of functions.
        names: asks for its names; None where they are not kept.
    """

    source: SourceText
    line: int
    function: str
    names: StackFrame | None = None

    @property
    def scope(self) -> Scope:
        """What it belongs to; all of the text where that is not known."""
        if self.names is None:
            return Scope("", ScopeKind.MODULE, 1)
        return self.names.place.checkpoint.scope

    @property
    def has_locals(self) -> bool:
        """Whether its names are other ones than those of all cells."""
        return bool(self.function)


def standing_frames(stack: Sequence[StackFrame], texts: SourceTexts) -> list[PromptFrame]:
    """Returns the frames of code that stands.

    Args:
        stack: as the board tells it, the outermost first.
        texts: what its checkpoints are in.
    """
    found = []
    for frame in stack:
        point = frame.place.checkpoint
        found.append(PromptFrame(texts.find(frame.place.key), point.line, point.scope.name, frame))
    return found


def heading(frame: PromptFrame, *, is_selected: bool = True) -> str:
    """Says in two lines where a frame is; in one where its text is not known."""
    inside = f", in {frame.function}" if frame.function else ""
    place = f"{'>' if is_selected else ' '} {frame.source.name}, line {frame.line}{inside}\n"
    text = _shown(frame.source.line(frame.line))
    return f"{place}-> {text}\n" if text else place


def listing(frame: PromptFrame, first: int, last: int, stops: Collection[int]) -> str:
    """Returns lines with their numbers.

    Args:
        frame: the frame that is selected.
        first: number of the first line.
        last: number of the last one.
        stops: lines with breakpoints.
    """
    rows = []
    for number, line in enumerate(frame.source.lines[first - 1 : last], first):
        mark = ("B" if number in stops else " ") + ("->" if number == frame.line else "  ")
        rows.append(f"{number:4} {mark} {_shown(line.rstrip())}".rstrip() + "\n")
    return "".join(rows)


def _shown(line: str) -> str:
    return printable(line.replace("\t", "    "), LONGEST_LINE)
