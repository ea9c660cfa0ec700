"""Commands to a board that is debugged, and what it says by itself.

A board whose main thread stands reads its standard input, and so does one that looks at each checkpoint; one
that waits for code gets commands as code. What is said is specified in `iot_kernel.debugging.commands` and
`iot_kernel.debugging.messages`.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from iot_kernel.debugging import commands, messages
from iot_kernel.debugging.errors import NO_CHECKPOINTS, CommandLostError, NotStoppedError
from iot_kernel.debugging.messages import Answer, Continued, Logged, Stopped
from iot_kernel.device.device import Device
from iot_kernel.errors import NotConnectedError

#: s after which a line is sent again, in turn: a damaged one, or one that a board without flow control lost.
#: A board that stands answers at once; one that runs, at the next of its checkpoints.
REPEATS = (1.0, 2.0, 4.0)

#: The same where the board executes code of the user's first.
LONG_REPEATS = (*REPEATS, 8.0, 16.0)

#: s for code that obeys a command.
_CODE_TIMEOUT = 20.0

Event = Stopped | Continued | Logged


class DebugLink:
    """What goes between the debugger and one board. The constructor touches nothing.

    Args:
        device: the board, which has its side of the debugger.
        on_event: takes what happens; called on the thread that reads, must not block nor give commands.
    """

    def __init__(self, device: Device, on_event: Callable[[Event], None]) -> None:
        self._device = device
        self._on_event = on_event
        #: where a thread stands
        self.stopped: Stopped | None = None
        #: whether a running main thread looks for commands at its checkpoints
        self.is_listening = False
        #: whether code was told to go a step, and has not stood since
        self.is_stepping = False
        self._is_running = False
        self._is_unread = False
        self._number = 0
        self._answer: Answer | None = None
        self._command_lock = threading.Lock()
        self._debug_changed = threading.Condition()

    @contextmanager
    def running(self, *, listens: bool) -> Iterator[None]:
        """A cell runs on the board.

        Args:
            listens: its main thread looks for commands at its checkpoints.
        """
        with self._command_lock:  # a command that waits for the board to be idle would wait for its end
            self.is_listening = listens
            self.is_stepping = False
            self._is_running = True
        try:
            yield
        finally:
            with self._debug_changed:
                self._is_running = self.is_listening = False
                self._debug_changed.notify_all()
            if self.stopped is not None and self.stopped.is_main:
                self.went_on()
            if self._is_unread:
                self._is_unread = False
                with suppress(NotConnectedError):
                    self._device.mark_unsynced()

    def ask(self, command: str, repeats: tuple[float, ...] = REPEATS) -> object:
        """Gives a command, and waits for what it returns.

        Args:
            command: its text.
            repeats: s after which it is sent again, and at last given up.

        Raises:
            CommandFailedError: it raised.
            CommandLostError: nothing was answered.
            NotStoppedError: the cell ended before.
            Exception: as `Device.exec` does, where no cell runs.
        """
        with self._command_lock:
            self._number += 1
            line = commands.numbered(self._number, command)
            self._answer = None
            for count, patience in enumerate(repeats):
                was_running = self._send(line, patience)
                if (answer := self._await_own(patience, was_running=was_running)) is not None:
                    self._is_unread = self._is_unread and count > 0
                    return messages.result(answer.value)
            raise CommandLostError("its main thread is at no checkpoint. Wait, or stop the cell")

    @property
    def _takes_lines(self) -> bool:
        """Whether code runs that commands can go to; it may be code that others run."""
        return self._is_running or (self.stopped is not None and self.stopped.is_main)

    def _send(self, line: str, patience: float) -> bool:
        """Sends a command; returns whether it went to running code."""
        if not self._takes_lines:
            self._device.exec_soon(f"__iot_d__({line!r})", patience=patience, timeout=_CODE_TIMEOUT)
            return False
        if self.stopped is None and not self.is_listening:
            raise CommandLostError(NO_CHECKPOINTS)
        if self._device.is_asking:
            raise CommandLostError("its code waits for input. Answer that first")
        self._is_unread = True
        self._device.command(line)
        return True

    def _await_own(self, patience: float, *, was_running: bool) -> Answer | None:
        """Waits for the answer, also as long as what the command executes asks the user."""
        answer = self._await_answer(patience, was_running=was_running)
        while answer is None and self._device.is_asking:
            answer = self._await_answer(patience, was_running=was_running)
        return answer

    def _await_answer(self, patience: float, *, was_running: bool) -> Answer | None:
        with self._debug_changed:
            self._debug_changed.wait_for(
                lambda: self._answer is not None or (was_running and not self._takes_lines), patience
            )
            if self._answer is None and was_running and not self._takes_lines:
                raise NotStoppedError
            return self._answer

    def take(self, data: bytes) -> None:
        """Takes the content of a frame; on the thread that reads."""
        match messages.read(data):
            case Answer() as answer:
                with self._debug_changed:
                    if answer.number == self._number:
                        self._answer = answer
                        self._debug_changed.notify_all()
            case Stopped() as stopped:
                if self._is_running or stopped.is_main:
                    self._device.note_request()
                if stopped != self.stopped:  # the board repeats it until it has heard something
                    self.stopped, self.is_stepping = stopped, False
                    self._on_event(stopped)
            case Continued():
                self.went_on()
            case Logged() as logged:
                self._on_event(logged)

    def went_on(self) -> None:
        """Nothing stands any more. From any thread."""
        with self._debug_changed:
            was_stopped, self.stopped = self.stopped is not None, None
            self._debug_changed.notify_all()
        if was_stopped:
            self._on_event(Continued())
