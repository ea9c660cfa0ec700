"""What a board that is debugged is told around each cell: what it keeps, traces, and listens to."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress

from iot_kernel.debugging import commands
from iot_kernel.debugging.instrumentation.table import CheckpointTable
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.debug_link import DebugLink
from iot_kernel.errors import IoTKernelError

_TRACES_NO_MORE = (
    "functions of earlier cells and modules do not stop: the firmware traces no lines any more, since Ctrl-C "
    "came while it did; %softreset helps\n"
)


class DebuggedRuns:
    """The runs of cells on one board that is debugged. The constructor touches nothing.

    All methods raise what `DebugLink.ask` does.

    Args:
        link: to the board.
    """

    def __init__(self, link: DebugLink) -> None:
        self._link = link
        self._watches = False
        self._kept: Collection[int] = ()

    def attached(self, *, watches: bool) -> None:
        """The board has its side of the debugger anew.

        Args:
            watches: a thread can look whether commands come.
        """
        self._watches = watches
        self._kept = ()

    def begin(self, table: CheckpointTable, *, listens: bool, follows: bool) -> None:
        """A cell is about to run.

        Args:
            table: what the board has.
            listens: the cell has checkpoints.
            follows: each of them keeps where it is; see `commands.begin`.
        """
        if (kept := table.kept(loops=not self._watches)) != self._kept:
            for command in commands.keep(kept):
                self._link.ask(command)
            self._kept = kept
        follows = follows or bool(table.traced.is_possible)  # nobody knows what calls traced code
        watches = self._watches and listens
        self._link.ask(commands.begin(follows=follows, watches=watches, highest=table.highest))

    @contextmanager
    def running(self, table: CheckpointTable, on_error_text: TextSink | None) -> Iterator[None]:
        """Code without checkpoints stops, too, where the firmware can have it stop.

        When the cell has ended the board lets go what it keeps of it, unless it is out of reach.
        """
        traces = bool(table.traced.is_possible)
        if traces:
            self._trace(table, on_error_text)
        try:
            yield
        finally:
            with suppress(IoTKernelError):  # it was reset, or is out of reach
                self._link.ask(commands.END)
                if traces:
                    self._link.ask(commands.UNTRACE)

    def _trace(self, table: CheckpointTable, on_error_text: TextSink | None) -> None:
        is_alive: object = False
        for command in commands.trace(table.traced.functions(), table.modules()):
            is_alive = self._link.ask(command)
        if not is_alive and on_error_text is not None:
            on_error_text(_TRACES_NO_MORE)
