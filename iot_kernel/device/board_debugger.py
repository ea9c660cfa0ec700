"""Runs code with checkpoints on one board, says where it stops, and passes on what to do there.

`iot_kernel.debugging.messages` specifies what is said; ``snippets/debug.py`` is the board's side. A board
whose main thread stands reads its standard input; one that runs does so at the checkpoints of its main
thread; one that waits for code gets commands as code.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager

from iot_kernel.debugging import messages
from iot_kernel.debugging.checkpoints import Instrumented
from iot_kernel.debugging.errors import CannotDebugError, CommandLostError, NotStoppedError
from iot_kernel.debugging.messages import Answer, Continued, Logged, Pause, Step, Stopped, VariablePage
from iot_kernel.debugging.table import CheckpointTable, Place
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceError
from iot_kernel.snippets import OWN, PLAIN, alone, snippet

#: s until a line is sent once more; a board that stands answers at once, one that runs at its checkpoints.
REPEAT_AFTER = 1.0

#: How often a line is sent.
TRIES = 5

#: s for the board's side to be compiled: 8 KB of text on a slow chip.
ATTACH_TIMEOUT = 20.0

#: What no board that has it can be debugged with.
_WHY_NOT = {
    "webassembly": "MicroPython's WebAssembly port cannot read what is sent to running code, so nobody could "
    "tell it to go on",
    **dict.fromkeys(
        PLAIN, "this board has less than 10 KB of free memory, and its side of the debugger takes as much"
    ),
}

Event = Stopped | Continued | Logged


class BoardDebugger:
    """The debugger of one board. The constructor touches nothing; commands may come from any thread.

    Args:
        device: the board, which is connected.
        on_event: takes what happens; called on the reader thread, must not block nor give commands.
    """

    def __init__(self, device: Device, on_event: Callable[[Event], None]) -> None:
        self.table = CheckpointTable()
        self._device = device
        self._on_event = on_event
        self._is_running = False
        self._number = 0
        self._answer: Answer | None = None
        self._stopped: Stopped | None = None
        self._command_lock = threading.Lock()
        self._debug_changed = threading.Condition()

    # The board's side

    def attach(self) -> None:
        """Sends the board its side of the debugger.

        Raises:
            CannotDebugError: it cannot be debugged, and why.
            Exception: as `Device.exec` does.
        """
        if (why := _WHY_NOT.get(self._device.platform)) is not None:
            raise CannotDebugError(why)
        self._device.callbacks.on_debug = self._take
        program = alone(snippet("frame") + snippet("debug"), f"'VARIABLES':{OWN}.globals()")
        try:
            self._device.exec(program, timeout=ATTACH_TIMEOUT)
        except DeviceError as error:
            if error.ename == "KeyboardInterrupt":
                raise
            raise CannotDebugError(f"its firmware lacks something ({error})") from error

    def detach(self) -> None:
        """Lets a thread go that stands, and has the board stop nowhere any more."""
        self._command(messages.LET_GO)

    def instrument(
        self, key: str, source: str, *, module: str = "", settable: Collection[int] = ()
    ) -> Instrumented:
        """Puts checkpoints into a text; see `CheckpointTable.add`."""
        return self.table.add(key, source, module=module, settable=settable)

    def set_pauses(self, pauses: Mapping[int, Pause | None]) -> None:
        """Exchanges the checkpoints at which the board stops.

        Args:
            pauses: by number; None stops always.

        Raises:
            Exception: as other commands do.
        """
        for command in messages.place(pauses):
            messages.result(self._command(command))

    # Running

    def run_cell(
        self, code: str, on_output: TextSink, *, follows: bool = False, stops: bool = False, **options: object
    ) -> str | None:
        """Runs a cell's code as `Device.run_cell` does; it may stand in the middle.

        Args:
            code: the text, with checkpoints.
            on_output: as for `Device.run_cell`.
            follows: callers are known when it stops, and their values; see `messages.begin`.
            stops: it stops at its first checkpoint.
            options: others of `Device.run_cell`.

        Returns:
            As `Device.run_cell`.

        Raises:
            Exception: as `Device.run_cell`; DeviceError with KeyboardInterrupt where it was interrupted while
                it stood.
        """
        messages.result(self._command(messages.begin(follows=follows)))
        if stops:
            messages.result(self._command(messages.PAUSE))
        with self._running():
            return self._device.run_cell(code, on_output, **options)  # type: ignore[arg-type]

    @property
    def stopped(self) -> Stopped | None:
        """Where a thread stands; None where none does."""
        return self._stopped

    def lost(self) -> None:
        """The board was reset or is out of reach: nothing stands any more. From any thread."""
        self._went_on(is_over=True)

    def go(self, step: Step = Step.CONTINUE) -> None:
        """Lets the thread that stands go on.

        Raises:
            NotStoppedError: none stands.
            CommandLostError: the board does not answer.
        """
        self._check_stopped()
        messages.result(self._command(messages.go(step)))

    def pause(self) -> None:
        """Has the main thread stop at its next checkpoint, where it follows its calls or waits for code.

        Raises:
            CommandLostError: it runs without looking for commands.
        """
        messages.result(self._command(messages.PAUSE))

    # Looking around

    def frames(self) -> tuple[Place | None, ...]:
        """Returns the call stack of the thread that stands, the outermost frame first."""
        return self._places(self._stopped.numbers if self._stopped is not None else ())

    def last_frames(self) -> tuple[Place | None, ...]:
        """Returns where the main thread was last, after a cell that followed its calls has raised.

        From then on its variables can be asked for as if it stood there.
        """
        return self._places(messages.numbers_of(self._command(messages.ENDED)))

    def local(self, frame: int, place: Place, start: int = 0) -> VariablePage:
        """Asks for the local variables of a frame, from one on.

        Args:
            frame: its place in the call stack, from 0 for the outermost.
            place: what stands there.
            start: how many to leave out.

        Raises:
            CommandFailedError: it raised on the board.
            NotStoppedError: nothing stands any more.
            CommandLostError: the board does not answer.
            RemoteProtocolError: the answer makes no sense.
        """
        return messages.page(self._command(messages.local(frame, place.checkpoint.names, start)))

    def wide(self, module: str | None = "", start: int = 0) -> VariablePage:
        """Asks for globals, or for the names of the class in the making; raises what `local` does."""
        return messages.page(self._command(messages.wide(module, start)))

    def children(self, reference: int, start: int = 0) -> VariablePage:
        """Asks for what is inside of a variable; raises what `local` does."""
        return messages.page(self._command(messages.children(reference, start)))

    def evaluate(self, frame: int, place: Place | None, code: str) -> messages.Variable:
        """Evaluates an expression among the names of a frame; raises what `local` does.

        Args:
            frame: its place in the call stack.
            place: what stands there; None sees the globals of cells only.
            code: the expression.
        """
        _, value = messages.ran(self._command(_run(frame, place, code, executes=False)))
        if value is None:
            raise CommandLostError
        return value

    def execute(self, frame: int, place: Place | None, code: str) -> tuple[str, ...]:
        """Executes statements among the names of a frame; raises what `local` does.

        Returns:
            The local names that did not get what was assigned to them: only those of the innermost frame can
            be set, in functions that were made settable.
        """
        return messages.ran(self._command(_run(frame, place, code, executes=True)))[0]

    def _places(self, numbers: tuple[int, ...]) -> tuple[Place | None, ...]:
        return tuple(self.table.place(number) for number in numbers)

    # Talking

    @contextmanager
    def _running(self) -> Iterator[None]:
        self._is_running = True
        try:
            yield
        finally:
            self._is_running = False
            if self._stopped is None or self._stopped.is_main:
                self._went_on(is_over=True)

    def _check_stopped(self) -> None:
        if self._stopped is None:
            raise NotStoppedError

    def _command(self, command: str) -> object:
        """Sends a command, and waits for what it returns."""
        with self._command_lock:
            self._number += 1
            line = messages.line(self._number, command)
            self._answer = None
            was_running = self._is_running
            for _ in range(TRIES):
                self._send(line)
                if (answer := self._await_answer(was_running=was_running)) is not None:
                    return answer.value
            raise CommandLostError

    def _send(self, line: str) -> None:
        if self._is_running:
            self._device.command(line)
        else:
            self._device.exec_when_idle(f"__iot_d__({line!r})", timeout=ATTACH_TIMEOUT)

    def _await_answer(self, *, was_running: bool) -> Answer | None:
        def is_over() -> bool:
            return self._answer is not None or (was_running and not self._is_running)

        with self._debug_changed:
            self._debug_changed.wait_for(is_over, REPEAT_AFTER)
            if self._answer is None and was_running and not self._is_running:
                raise NotStoppedError
            return self._answer

    def _take(self, data: bytes) -> None:
        """Takes what the board says; on the reader thread."""
        match messages.read(data):
            case Answer() as answer:
                with self._debug_changed:
                    if answer.number == self._number:
                        self._answer = answer
                        self._debug_changed.notify_all()
            case Stopped() as stopped:
                if self._is_running:
                    self._device.note_request()
                if stopped != self._stopped:  # the board repeats it until it has heard something
                    self._stopped = stopped
                    self._on_event(stopped)
            case Continued():
                self._went_on(is_over=False)
            case Logged() as logged:
                self._on_event(logged)

    def _went_on(self, *, is_over: bool) -> None:
        was_stopped, self._stopped = self._stopped is not None, None
        if is_over:
            with self._debug_changed:
                self._debug_changed.notify_all()
        if was_stopped:
            self._on_event(Continued())


def _run(frame: int, place: Place | None, code: str, *, executes: bool) -> str:
    point = place.checkpoint if place is not None else None
    return messages.run(
        frame,
        code,
        point.names if point is not None else (),
        settable=point.settable if point is not None else 0,
        module=place.module if place is not None else "",
        executes=executes,
    )
