"""The module ``ucore`` of one board: which parts of it the board has by now."""

from __future__ import annotations

from iot_kernel.device.board_connection import BoardConnection
from iot_kernel.ucore import (
    ModuleMemoryError,
    Run,
    add_displays,
    bind,
    check_imports,
    is_for_pipes,
    is_mentioned,
    provide,
    shows,
)

#: bytes of free memory; a board with more gets all of the module unless a cell is about pipes, since modules
#: of its own may show things. The part that does takes 5 KB, and 0.6 s at 115200 baud.
PLENTY = 50_000


class BoardUcore:
    """Gives one board the module when code needs it. The constructor touches nothing.

    Args:
        board: the board.
        run: runs code of ours on it.
    """

    def __init__(self, board: BoardConnection, run: Run) -> None:
        self._board = board
        self._run = run
        self._has_module = ""  # the mark of the run in which it got the module
        self._has_displays = ""  # and all that shows things
        self._is_bound = ""  # and the user's variables the name
        self._is_short = ""  # the mark of the run in which it had no memory for more than pipes

    def provide_for(self, code: str) -> str:
        """Gets the board ready for a cell.

        Args:
            code: what will run.

        Returns:
            What the user should know, in one line; empty for nothing.

        Raises:
            StarImportError: the code takes all names of ``ucore``.
            Exception: as `iot_kernel.ucore.provide` does.
        """
        if not is_mentioned(code):
            return ""
        check_imports(code)
        note = self._provide(binds=True)
        if shows(code):
            self._add_displays()
        elif self._has_plenty() and not is_for_pipes(code) and self._is_short != self._board.mark:
            try:
                self._add_displays()
            except ModuleMemoryError:  # nobody has asked for it
                self._is_short = self._board.mark
        return note

    def provide_for_value(self) -> str:
        """Gets the board ready for the snippet ``show_value``; see `provide_for`."""
        note = self._provide(binds=False)
        self._add_displays()
        return note

    def _provide(self, *, binds: bool) -> str:
        board = self._board
        note = ""
        with board.turn_lock:
            board.ready()
            if self._has_module != board.mark:
                note = provide(self._run, self._platform, binds=binds)
                self._has_module = board.mark
                self._is_bound = board.mark if binds else ""
            elif binds and self._is_bound != board.mark:
                bind(self._run)
                self._is_bound = board.mark
        return note

    def _add_displays(self) -> None:
        board = self._board
        with board.turn_lock:
            if self._has_displays != board.mark:
                add_displays(self._run, self._platform)
                self._has_displays = board.mark

    @property
    def _platform(self) -> str:
        return self._board.info.platform if self._board.info is not None else ""

    def _has_plenty(self) -> bool:
        info = self._board.info
        return info is None or info.free is None or info.free >= PLENTY
