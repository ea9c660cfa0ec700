"""The module ``ucore`` of one board: which parts of it the board has by now, and what it does for values."""

from __future__ import annotations

from collections.abc import Callable

from iot_kernel.device.board_connection import BoardConnection
from iot_kernel.errors import DeviceError, DeviceMemoryError
from iot_kernel.snippets import snippet
from iot_kernel.text import message, printable
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
        on_note: takes what the user should know, one line.
    """

    def __init__(self, board: BoardConnection, run: Run, on_note: Callable[[str], None]) -> None:
        self._board = board
        self._run = run
        self._on_note = on_note
        self._has_module = ""  # the mark of the run in which it got the module
        self._has_displays = ""  # and all that shows things
        self._is_bound = ""  # and the user's variables the name
        self._is_short = ""  # the mark of the run in which it had no memory for more than pipes

    def provide_for(self, code: str) -> None:
        """Gets the board ready for a cell.

        Args:
            code: what will run.

        Raises:
            StarImportError: the code takes all names of ``ucore``.
            Exception: as `iot_kernel.ucore.provide` does.
        """
        if not is_mentioned(code):
            return
        check_imports(code)
        self._provide(binds=True)
        if shows(code):
            self._add_displays()
        elif self._has_plenty() and not is_for_pipes(code) and self._is_short != self._board.mark:
            try:
                self._add_displays()
            except ModuleMemoryError:  # nobody has asked for it
                self._is_short = self._board.mark

    def show_value(self, run: Callable[[str], object]) -> None:
        """Shows what the value of the last expression, which the board has kept, is beside its repr.

        Whatever goes wrong with that, the cell has ended well.

        Args:
            run: runs code as a cell.

        Raises:
            DeviceError: KeyboardInterrupt.
            Exception: others as ``run`` does, but no other DeviceError.
        """
        try:
            self._provide(binds=False)
            self._add_displays()
            run(snippet("show_value"))
        except (DeviceError, DeviceMemoryError, ModuleMemoryError) as error:
            if isinstance(error, DeviceError) and error.ename == "KeyboardInterrupt":
                raise DeviceError(error.ename, error.evalue, error.ename) from None  # frames would be ours
            self._on_note(f"of the value only its repr is shown ({printable(message(error), 200)})")

    def _provide(self, *, binds: bool) -> None:
        board = self._board
        with board.turn_lock:
            board.ready()
            if self._has_module != board.mark:
                if note := provide(self._run, self._platform, binds=binds):
                    self._on_note(note)
                self._has_module = board.mark
                self._is_bound = board.mark if binds else ""
            elif binds and self._is_bound != board.mark:
                bind(self._run)
                self._is_bound = board.mark

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
