"""The breakpoints of a frontend: where each one stops, and which cells need checkpoints for them. Pure.

A cell is named by its path (`iot_kernel.debugging.frontend.cell_paths`). What has been sent to boards stays
known when a cell runs again: functions of it may still be called.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from iot_kernel.debugging.commands import Pause, Pauses
from iot_kernel.debugging.frontend.breakpoint import Breakpoint, understood
from iot_kernel.debugging.instrumentation.checkpoints import Checkpoint, Instrumented
from iot_kernel.debugging.instrumentation.instrument import instrument
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.debugging.instrumentation.traced import PREFIX, TracedLine
from iot_kernel.debugging.words import BREAKPOINT, defined_names, used_words
from iot_kernel.syntax.cell import BoardCode

#: Cuts the text of a cell into what goes to a board; empty for cells that run elsewhere.
CutCell = Callable[[str], Sequence[BoardCode]]

#: Breakpoints of one cell that are looked at.
MOST_BREAKPOINTS = 1000

#: Pieces of one cell, of all times that it ran, in which a board stops: each takes some bytes there.
MOST_SENT = 50


@dataclass(slots=True)
class _DebuggedCell:
    """A cell that has run with checkpoints.

    Attributes:
        defines: the functions and classes of its outermost level.
        mentions: all names in it.
        sent: what boards have got of it, the last times that it ran.
    """

    defines: frozenset[str] = frozenset()
    mentions: frozenset[str] = frozenset()
    sent: list[Instrumented] = field(default_factory=list)


class Breakpoints:
    """All breakpoints in code for boards. The constructor touches nothing.

    Args:
        cut: cuts cells.
    """

    def __init__(self, cut: CutCell) -> None:
        self.table = CheckpointTable()
        self._cut = cut
        self._set: dict[str, list[Breakpoint]] = {}
        self._cells: dict[str, _DebuggedCell] = {}
        self._others: dict[str, _DebuggedCell] = {}  # that a board may have without checkpoints
        self._number = 0

    # What the frontend wants

    def exchange(
        self,
        path: str,
        code: str,
        wanted: Sequence[Mapping[str, Any]],
        waits: Callable[[Checkpoint], bool] = lambda _: False,
    ) -> list[Breakpoint]:
        """Exchanges the breakpoints of a cell.

        Args:
            path: of the cell.
            code: its text.
            wanted: of the debug adapter protocol: ``line``, ``condition``, ``logMessage``, ``hitCondition``.
            waits: says at which checkpoints nothing stops before the cell has run again.

        Returns:
            What became of each, in the same order.
        """
        traced = self.table.traced
        if traced.text(path) is not None:
            return self._exchange(path, traced.stops(path), wanted, waits)
        if path not in self._cells:
            self._note_other(path, code)  # it may have run before anybody debugged
        points = [point for piece in self._cut(code) for point in instrument(_padded(piece)).checkpoints]
        return self._exchange(path, points, wanted, waits)

    def exchange_module(
        self, path: str, text: str | None, wanted: Sequence[Mapping[str, Any]]
    ) -> list[Breakpoint]:
        """Exchanges the breakpoints of a module, as `exchange` does.

        Args:
            path: of the file here.
            text: of the module; None where that is not known by now, so that lines stay as they are.
            wanted: as for `exchange`.
        """
        points = None if text is None else instrument(text).checkpoints
        return self._exchange(path, points, wanted, lambda _: False)

    def _exchange(
        self,
        path: str,
        points: Sequence[Checkpoint] | None,
        wanted: Sequence[Mapping[str, Any]],
        waits: Callable[[Checkpoint], bool],
    ) -> list[Breakpoint]:
        made = []
        for each in wanted[:MOST_BREAKPOINTS]:
            self._number += 1
            made.append(understood(self._number, each, points, waits, self.table.traced.is_possible))
        self._set[path] = made
        return made

    def clear(self) -> None:
        """Forgets all breakpoints; what runs on boards stays known."""
        self._set.clear()

    def listed(self) -> list[dict[str, Any]]:
        """Returns the breakpoints as `debugInfo` tells them, each line once."""
        return [
            {"source": path, "breakpoints": [{"line": line} for line in sorted(self.lines(path))]}
            for path in self._set
        ]

    def stopping(self) -> frozenset[str]:
        """Returns the paths in which breakpoints stop."""
        return frozenset(path for path, some in self._set.items() if any(each.is_verified for each in some))

    def lines(self, path: str) -> set[int]:
        """Returns the lines of the breakpoints in a path."""
        return {each.line for each in self._set.get(path, ())}

    def at(self, path: str, line: int) -> list[int]:
        """Returns the numbers of the breakpoints that stop in a line."""
        return [each.number for each in self._set.get(path, ()) if each.is_verified and each.line == line]

    # Which cells get checkpoints, and where boards stop

    def needs_checkpoints(self, path: str, code: str) -> bool:
        """Whether a cell that is about to run stops, or what it calls does, as far as names tell."""
        return self._reaches(path, used_words(code), set())

    def _reaches(self, path: str, mentioned: frozenset[str], seen: set[str]) -> bool:
        if BREAKPOINT in mentioned or self._stops(path):
            return True
        if self.table.traced.is_possible and any(
            other.startswith(PREFIX) and self._stops(other) for other in self._set
        ):
            return True  # nobody knows which cells come to a module
        seen.add(path)
        others = {} if self.table.traced.is_possible is False else self._others
        cells = [*self._cells.items(), *others.items()]
        return any(
            other not in seen and self._reaches(other, cell.mentions, seen)
            for other, cell in cells
            if cell.defines & mentioned
        )

    def _stops(self, path: str) -> bool:
        return any(each.is_verified for each in self._set.get(path, ()))

    def defined(self, path: str) -> frozenset[str]:
        """Returns the functions and classes of a cell that boards have with checkpoints."""
        return self._cells[path].defines if path in self._cells else frozenset()

    def waiting(self) -> set[tuple[str, str]]:
        """Returns the functions that stop only after their cell has run again: its path, and their names."""
        return {
            (path, each.waits_in)
            for path, some in self._set.items()
            for each in some
            if each.waits_in and each.waits_in.partition(".")[0] not in self.defined(path)
        }

    def known(self) -> list[tuple[frozenset[str], frozenset[str]]]:
        """Returns what each cell with checkpoints defines, and the words in it."""
        return [(cell.defines, cell.mentions) for cell in self._cells.values()]

    def send_functions(self, path: str, piece: BoardCode, names: frozenset[str]) -> Instrumented:
        """Puts checkpoints into functions of a cell that ran without.

        Args:
            path: of the cell.
            piece: a piece of it with nothing but these functions.
            names: of the functions.
        """
        made, cell = self._send(path, _padded(piece), watched=self.lines(path))
        cell.defines, cell.mentions = cell.defines | names, cell.mentions | used_words(piece.code)
        return replace(made, source=made.source[piece.line - 1 :])

    def send(self, path: str, code: str, piece: BoardCode, *, watches_all: bool = False) -> Instrumented:
        """Puts checkpoints into a piece of a cell that goes to a board.

        Args:
            path: of the cell.
            code: its text.
            piece: one of those that it is cut into.
            watches_all: local variables can get other values wherever it stands, which takes more memory.

        Returns:
            The new text of the piece, line for line the old one; its lines count from the top of the cell.
        """
        text = _padded(piece)
        watched = range(piece.line, text.count("\n") + 2) if watches_all else self.lines(path)
        made, cell = self._send(path, text, watched=watched)
        cell.defines, cell.mentions = defined_names(code), used_words(code)
        self._others.pop(path, None)
        return replace(made, source=made.source[piece.line - 1 :])

    def send_module(self, path: str, text: str, name: str) -> Instrumented:
        """Puts checkpoints into a module that a board will import.

        Args:
            path: of the file here.
            text: of the module.
            name: by which the board imports it.
        """
        return self._send(path, text, name, watched=self.lines(path))[0]

    def forget_sent(self, path: str) -> None:
        """What boards have got of a cell or a module so far stops nowhere any more."""
        self._cells.pop(path, None)

    def _send(
        self, path: str, text: str, module: str = "", *, watched: Collection[int]
    ) -> tuple[Instrumented, _DebuggedCell]:
        made = self.table.add(path, text, module=module, watched=watched)
        cell = self._cells.setdefault(path, _DebuggedCell())
        cell.sent = [*cell.sent, made][-MOST_SENT:]
        return made, cell

    def note_plain(self, path: str, code: str) -> None:
        """A cell runs without checkpoints."""
        self._note_other(path, code)
        if path in self._cells:
            self._cells[path].defines = frozenset()  # its functions have none any more

    def _note_other(self, path: str, code: str) -> None:
        self._others[path] = _DebuggedCell(defined_names(code), used_words(code))
        self.table.traced.add_cell(path, self._cut(code))

    def pauses(self) -> Pauses:
        """Returns where boards have to stop."""
        return {**dict(self._pauses()), **(dict(self._traced()) if self.table.traced.is_possible else {})}

    def _pauses(self) -> Iterator[tuple[int, Pause | None]]:
        for path, some in self._set.items():
            for made in self._cells[path].sent if path in self._cells else ():
                for each in some:
                    point = made.find(each.line) if each.is_verified else None
                    if point is not None and point.line == each.line:
                        place = self.table.place(point.number)
                        yield point.number, _told(each.pause, point, place.module if place else "")

    def _traced(self) -> Iterator[tuple[TracedLine, Pause | None]]:
        for path, some in self._set.items():
            for each in some:
                for line in self.table.traced.at(path, each.line) if each.is_verified else ():
                    is_plain = not (each.pause.condition or each.pause.log)
                    module = line[2] if isinstance(line[2], str) else ""
                    yield line, None if is_plain else replace(each.pause, module=module)


def _padded(piece: BoardCode) -> str:
    """The text of a piece, with its lines where they stand in the cell."""
    return "\n" * (piece.line - 1) + piece.code


def _told(pause: Pause, point: Checkpoint, module: str) -> Pause | None:
    if not (pause.condition or pause.log):
        return None
    return replace(pause, names=point.names, unsure=point.unsure, module=module)
