"""Has one board run what a cell awaits outside of functions; `iot_kernel.syntax.top_level_await` says how."""

from __future__ import annotations

from iot_kernel.device.board_connection import EVAL_TIMEOUT, BoardConnection
from iot_kernel.errors import DeviceError, IoTKernelError
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.snippets import snippet


class AsyncioMissingError(IoTKernelError):
    """A cell awaits something outside of functions, on a board without asyncio.

    Args:
        implementation: the board's, such as ``micropython``.
    """

    def __init__(self, implementation: str) -> None:
        where = "put Adafruit's library 'asyncio' into :/lib" if implementation == "circuitpython" else ""
        text = (
            "the cell was not run: it uses await outside of functions, and this board has no module asyncio"
        )
        super().__init__(f"{text} ({where})" if where else text)
        self.implementation = implementation


class BoardAsyncio:
    """The function of one board that awaits. The constructor touches nothing.

    Args:
        board: the board.
    """

    def __init__(self, board: BoardConnection) -> None:
        self._board = board
        self._provided = ""  # the mark of the run in which the board has it

    def provide(self) -> None:
        """Puts the function on the board, if it is not there; call it with the board at its prompt.

        Raises:
            AsyncioMissingError: the board has no asyncio.
            Exception: as `Device.exec` does.
        """
        if self._provided == self._board.mark:
            return
        info = self._board.info
        program = snippet("run_async", info.platform if info is not None else "")
        try:
            self._board.exec(program, None, RunOptions(EVAL_TIMEOUT))
        except DeviceError as error:
            if error.ename not in {"ImportError", "ModuleNotFoundError", "SyntaxError"}:
                raise
            raise AsyncioMissingError(info.implementation if info is not None else "") from error
        self._provided = self._board.mark

    def forget(self) -> None:
        """Looks anew at the next cell: the function may have been deleted."""
        self._provided = ""
