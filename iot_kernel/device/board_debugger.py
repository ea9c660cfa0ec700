"""Runs code with checkpoints on one board, says where it stops, and passes on what to do there.

How that works is told in docs/inside/architecture.md; ``snippets/debug.py`` is the board's side.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from iot_kernel.debugging import commands, messages
from iot_kernel.debugging.commands import Pauses, Step
from iot_kernel.debugging.errors import (
    CannotDebugError,
    CommandFailedError,
    CommandLostError,
    NotStoppedError,
)
from iot_kernel.debugging.instrumentation.table import CheckpointTable, StackFrame
from iot_kernel.debugging.messages import Stopped, Variable, VariablePage
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.cannot_debug import NO_MEMORY, why_never
from iot_kernel.device.debug_link import LONG_REPEATS, DebugLink, Event
from iot_kernel.device.debugged_runs import DebuggedRuns
from iot_kernel.device.debugger_programs import send_debugger, send_program
from iot_kernel.device.device import Device
from iot_kernel.device.module_server import ModuleServer
from iot_kernel.errors import DeviceError, DeviceMemoryError

#: Bytes of a file that are read for a frontend; a board with more has it from a package.
LONGEST_FILE = 200_000


class BoardDebugger:
    """The debugger of one board. The constructor touches nothing; commands may come from any thread.

    All but `attach` raise what `DebugLink.ask` does.

    Args:
        device: the board, which is connected.
        on_event: takes what happens; called on the thread that reads, must not block nor give commands.
        table: the checkpoints of all that the board may get.
    """

    def __init__(self, device: Device, on_event: Callable[[Event], None], table: CheckpointTable) -> None:
        self.table = table
        self._device = device
        self._link = DebugLink(device, on_event)
        #: what the board imports instead of its files
        self.modules = ModuleServer(self._link, partial(send_program, device))
        self._runs = DebuggedRuns(self._link)
        self._listens = False
        self._pauses: Pauses = {}

    # The board's side

    def attach(self) -> None:
        """Sends the board its side of the debugger; after a reset `run_cell` does so again.

        Raises:
            CannotDebugError: it cannot be debugged, and why.
            Exception: as `Device.exec` does.
        """
        if why := why_never(self._device):
            raise why
        self._device.callbacks.on_debug = self._link.take
        try:
            self.modules.is_there = False
            self.table.traced.is_possible = send_debugger(self._device)
            highest, watches = messages.about(self._link.ask(commands.ABOUT))
            self.table.sets_names = self._knows_walrus()
        except (DeviceMemoryError, DeviceError) as error:
            name = getattr(error, "ename", "MemoryError")
            if name == "KeyboardInterrupt":
                raise
            if name == "MemoryError":
                raise CannotDebugError(*NO_MEMORY) from error
            raise CannotDebugError(f"its firmware lacks something ({error})") from error
        self.table.skip(highest)
        self._runs.attached(watches=watches)
        self._place()

    def _knows_walrus(self) -> bool:
        try:
            self._link.ask(commands.WALRUS)
        except CommandFailedError:
            return False
        return True

    def detach(self) -> None:
        """Lets a thread go that stands, and has the board stop nowhere any more; no cell must run."""
        self._link.ask(commands.LET_GO)

    def set_pauses(self, pauses: Pauses) -> None:
        """Exchanges where the board stops."""
        self._pauses = dict(pauses)
        self._place()

    def _place(self) -> None:
        for command in commands.place(self._pauses):
            self._link.ask(command)

    # Running

    def run_cell(
        self,
        code: str,
        on_output: TextSink,
        *,
        listens: bool = True,
        follows: bool = False,
        stops: bool = False,
        on_input: Callable[[str], None] | None = None,
        on_begin: Callable[[], None] = lambda: None,
        on_survived: Callable[[], None] = lambda: None,
        on_error_text: TextSink | None = None,
        number: int | None = None,
    ) -> str | None:
        """Runs a cell's code as `Device.run_cell` does; it may stand in the middle.

        Args:
            code: the text, with checkpoints.
            on_output: as for `Device.run_cell`.
            listens: its text has checkpoints, so that commands can reach it while it runs.
            follows: every checkpoint keeps where it is; see `commands.begin`.
            stops: it stops at its first checkpoint.
            on_input: as for `Device.run_cell`.
            on_begin: the same.
            on_survived: the same.
            on_error_text: the same.
            number: the same.

        Returns:
            As `Device.run_cell`.

        Raises:
            Exception: as `Device.run_cell`; DeviceError with KeyboardInterrupt where it was interrupted while
                it stood.
        """
        self._listens = listens
        self._begin(follows)
        if stops:
            self._link.ask(commands.PAUSE)
        with self._runs.running(self.table, on_error_text), self._link.running(listens=listens):
            return self._device.run_cell(
                code,
                on_output,
                on_input=on_input,
                on_begin=on_begin,
                on_survived=on_survived,
                on_error_text=on_error_text,
                number=number,
            )

    def stop_following(self) -> None:
        """Has later code with checkpoints run fast again: it keeps no values."""
        self._link.ask(commands.begin(follows=False, watches=False, highest=self.table.highest))

    def _begin(self, follows: bool) -> None:
        try:
            self._runs.begin(self.table, listens=self._listens, follows=follows)
        except DeviceError as error:
            if error.ename != "NameError":
                raise
            self.attach()  # it was reset
            self._runs.begin(self.table, listens=self._listens, follows=follows)

    @property
    def stopped(self) -> Stopped | None:
        """Where a thread stands; None where none does."""
        return self._link.stopped

    @property
    def is_stepping(self) -> bool:
        """Whether code goes a step, or the last cell has ended before its step did."""
        return self._link.is_stepping

    def lost(self) -> None:
        """The board was reset or is out of reach: nothing stands any more. From any thread."""
        self._link.went_on()

    def go(self, step: Step = Step.CONTINUE) -> None:
        """Lets the thread that stands go on."""
        if self._link.stopped is None:
            raise NotStoppedError
        self._link.is_stepping = step is not Step.CONTINUE
        self._link.is_listening = self._listens or step is not Step.CONTINUE
        self._link.ask(commands.go(step))

    def pause(self) -> None:
        """Has the main thread stop at its next checkpoint."""
        self._link.ask(commands.PAUSE)

    # Looking around

    def last_frames(self) -> tuple[StackFrame, ...]:
        """Returns where the main thread was last, after a cell that followed its calls has raised.

        From then on its variables can be asked for as if it stood there.
        """
        return self.table.stack(messages.numbers_of(self._link.ask(commands.ENDED)))

    def local(self, frame: StackFrame, start: int = 0) -> VariablePage:
        """Asks for the local variables of a frame, from one on.

        Args:
            frame: of code that stands, or one of `last_frames`.
            start: how many to leave out.
        """
        return messages.page(self._link.ask(commands.local(frame, start)))

    def wide(self, module: str | None = "", start: int = 0) -> VariablePage:
        """Asks for the globals of a module, of cells, or for the names of the class in the making (None)."""
        return messages.page(self._link.ask(commands.wide(module, start)))

    def children(self, reference: int, start: int = 0) -> VariablePage:
        """Asks for what is inside of a variable, from one item on."""
        return messages.page(self._link.ask(commands.children(reference, start)))

    def file_text(self, file: str) -> str:
        """Reads a file of the board whose code stands."""
        data = b""
        while len(data) < LONGEST_FILE:
            data += (more := messages.part(self._link.ask(commands.text(file, len(data)))))
            if not more:
                break
        return data.decode(errors="replace")

    def evaluate(self, frame: StackFrame | None, code: str) -> Variable:
        """Evaluates an expression among the names of a frame.

        Args:
            frame: as for `local`; None sees the globals of cells only.
            code: the expression.
        """
        _, value = messages.ran(self._link.ask(commands.run(frame, code), LONG_REPEATS))
        if value is None:
            raise CommandLostError("it says nothing of the value")
        return value

    def define(self, source: str) -> None:
        """Executes definitions with checkpoints, while no cell runs."""
        self._device.exec(source)

    def has_function(self, name: str, *, yields: bool) -> bool:
        """Whether a global of cells is a function of this name.

        Args:
            name: the name.
            yields: it is a generator or a coroutine, whose name a board does not tell.
        """
        try:
            kind = self.evaluate(None, name).kind
            if yields or kind != "function":
                return yields and kind == "generator"
            return self.evaluate(None, f"getattr({name}, '__name__', '')").text == repr(name)
        except CommandFailedError:
            return False

    def execute(self, frame: StackFrame | None, code: str) -> tuple[str, ...]:
        """Executes statements among the names of a frame.

        Returns:
            The local names that did not get what was assigned to them: only those of the innermost frame can
            be set, in functions with watched lines.
        """
        return messages.ran(self._link.ask(commands.run(frame, code, executes=True), LONG_REPEATS))[0]
