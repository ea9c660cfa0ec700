"""Which cells get checkpoints, and what they and the modules that they import become. No I/O."""

from __future__ import annotations

from collections import deque

from iot_kernel.debugging.commands import Pauses
from iot_kernel.debugging.frontend.breakpoints import Breakpoints, CutCell
from iot_kernel.debugging.frontend.cell_paths import CellPaths
from iot_kernel.debugging.frontend.earlier import EarlierCells, Past
from iot_kernel.debugging.frontend.modules import DebuggedModules, ModuleFile, ModuleFiles
from iot_kernel.debugging.instrumentation.checkpoints import Plan
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.syntax.cell import BoardCode

#: Cells that ran while nobody debugged, the latest; all are kept as text.
MOST_RAN = 100


class DebuggedCells:
    """The cells of one kernel. The constructor touches nothing; not thread-safe.

    Args:
        cut: cuts the text of a cell into what goes to a board.
        files: the modules of the board that came from here.
        past: gives what ran on the current board since it started, the latest last.

    Attributes:
        paths: what frontends call cells.
        breakpoints: those that frontends have set.
        modules: those that cells import.
        earlier: functions of cells that ran as they are.
        is_attached: whether a frontend debugs.
        stops_on_errors: whether code also stops where it raises what nobody catches.
    """

    def __init__(self, cut: CutCell, files: ModuleFiles, past: Past) -> None:
        self.paths = CellPaths()
        self.breakpoints = Breakpoints(cut)
        self.modules = DebuggedModules(files, self.breakpoints)
        self.earlier = EarlierCells(self.breakpoints, self.paths, cut, past)
        self.is_attached = False
        self.stops_on_errors = False
        self._pauses_next = False
        self._ran: deque[str] = deque(maxlen=MOST_RAN)  # while nobody debugged

    @property
    def table(self) -> CheckpointTable:
        """The checkpoints of all that was planned."""
        return self.breakpoints.table

    def key(self, code: str) -> str:
        """Returns the key of the checkpoints of a cell that a frontend debugs."""
        return self.paths.path(code) or ""

    def pauses(self) -> Pauses:
        """Returns where boards have to stop by now."""
        return self.breakpoints.pauses() if self.is_attached else {}

    # What frontends want

    def attach(self) -> None:
        """A frontend begins to debug, and it is known how it names cells."""
        while self._ran:
            code = self._ran.popleft()
            if (path := self.paths.path(code)) is not None:
                self.breakpoints.note_plain(path, code)
        self.is_attached = True

    def detach(self) -> None:
        """No frontend debugs any more: forgets what it wanted."""
        self.is_attached = self.stops_on_errors = self._pauses_next = False
        self.modules.clear()

    def pause_next(self) -> None:
        """The next cell stops at its first line."""
        self._pauses_next = True

    # Cells that are about to run

    def note_undebugged(self, code: str) -> None:
        """A cell runs as it is while nobody debugs. From any thread."""
        self._ran.append(code)

    def follows(self, code: str) -> bool:
        """Says whether a cell needs checkpoints.

        Args:
            code: its text.
        """
        path = self.paths.path(code) if self.is_attached else None
        if path is None:
            self.note_undebugged(code)
            return False
        is_asked = self._pauses_next or self.stops_on_errors
        if is_asked or self.breakpoints.needs_checkpoints(path, code) or self.modules.stops(code):
            return True
        self.breakpoints.note_plain(path, code)
        return False

    def waiting(self, code: str) -> list[str]:
        """Returns functions that a cell may call, and whose breakpoints do not stop."""
        is_told = self.is_attached and not self.table.traced.is_possible
        return self.earlier.waiting(code) if is_told else []

    def wanted(self, code: str, *, follows: bool) -> list[ModuleFile]:
        """Returns the modules that a cell has to import with checkpoints."""
        return self.modules.wanted(code, follows=follows) if self.is_attached else []

    def plan(self, code: str, piece: BoardCode) -> Plan:
        """Puts checkpoints into a piece of a cell, right before it goes to a board.

        Args:
            code: the text of the cell.
            piece: what goes to the board.
        """
        made = self.breakpoints.send(self.key(code), code, piece)
        stops, self._pauses_next = self._pauses_next, False
        return Plan(made.source, stops, made.left_alone)

    # Cells that no frontend debugs, and that stop all the same

    def calls_breakpoint(self, key: str, code: str) -> bool:
        """Says whether a cell stops by itself, or calls what does, as far as names tell.

        Args:
            key: of the cell; no other one has it.
            code: its text.
        """
        return self.breakpoints.needs_checkpoints(key, code)

    def plan_prompted(self, key: str, code: str, piece: BoardCode, *, watches: bool) -> str:
        """Puts checkpoints into a piece of a cell, and returns its new text.

        Args:
            key: of the cell; no other one has it.
            code: the text of the cell.
            piece: what goes to the board.
            watches: local variables can get other values where it stands.
        """
        self.paths.keep(key, code)
        return self.breakpoints.send(key, code, piece, watches_all=watches).source
