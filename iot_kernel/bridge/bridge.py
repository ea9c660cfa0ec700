"""Keeps a board, its program and its publisher going: whatever goes away is waited for, and begun again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Never

from iot_kernel.api.calls import DeviceCalls
from iot_kernel.api.connecting import open_board
from iot_kernel.api.device import ApiDevice
from iot_kernel.boards.errors import AmbiguousDeviceError, DeviceNotFoundError
from iot_kernel.bridge.lines import LogLines
from iot_kernel.bridge.program import BoardProgram
from iot_kernel.device.device import Device
from iot_kernel.errors import (
    ConfigError,
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceError,
    IoTKernelError,
)
from iot_kernel.pipes.publisher import Publisher
from iot_kernel.urls import is_url
from ukernel.pipes.mqtt.address import BrokerAddress

#: s between attempts to reach a board; each takes some time itself.
RETRY_PAUSE = 1.0

#: s between attempts that search for a board by its name: a search asks all boards that there are.
SEARCH_PAUSE = 30.0

#: s between two starts of a program: one that fails at once shall not keep the board and the log busy.
RESTART_PAUSE = 5.0

#: s between questions to a board on which no program runs: many boards do not say that they were reset.
POLL = 5.0

#: s for an idle board to answer.
ANSWER_TIMEOUT = 10.0

_AWAY = (ConnectError, ConnectionLostError, DeviceNotFoundError, AmbiguousDeviceError)


class Bridge:
    """One board and one broker; the constructor touches neither.

    Args:
        board: name, uid or url.
        address: of the broker.
        program: what to run on the board whenever it begins anew; None for nothing.
        pipes: which to publish; none for all.
        name: by which readers know the board; empty for what it is called here.
        say: takes a line about what happens; called on any thread.
    """

    def __init__(
        self,
        board: str,
        address: BrokerAddress,
        program: BoardProgram | None = None,
        *,
        pipes: Sequence[str] = (),
        name: str = "",
        say: Callable[[str], None],
    ) -> None:
        self._board = board
        self._address = address
        self._program = program
        self._pipes = pipes
        self._name = name
        self._say = say
        self._calls = DeviceCalls()
        self._device = ApiDevice(self._calls)
        self._lines = LogLines(say)
        self._has_news = threading.Event()  # the link was lost while no code ran
        self._device.events.on_lost = self._note_loss
        self._device.events.on_stray = LogLines(say).take
        self._publisher: Publisher | None = None
        self._is_there = False
        self._complaint = ""
        self._done_in: str | None = None  # the board's life in which the program has run to its end
        self._next_start = 0.0

    def run(self) -> Never:
        """Goes on until KeyboardInterrupt.

        Raises:
            ConnectError: the address makes no sense.
            ConfigError: a device file or the secrets file cannot be used.
            ValueError: a name cannot stand in a topic, or be that of a pipe.
        """
        while True:
            try:
                self._reach()
                self._run_program()
                self._watch()
            except ConfigError:
                raise
            except _AWAY as error:
                self._wait_for_board(error)
            except DeviceError as error:
                self._tell_failure(error)
            except IoTKernelError as error:
                self._complain(error)
                time.sleep(RETRY_PAUSE)

    def let_go(self) -> None:
        """Ends what is under way with the board, even where it does not let itself be interrupted."""
        self._device.close()

    def close(self) -> None:
        """Ends the pipes for their readers, says that the board is gone, and lets it go."""
        if self._publisher is not None:
            self._publisher.close()
        self.let_go()

    def _reach(self) -> Device:
        """Connects the board, if it is not; begins to publish, the first time."""
        if self._calls.device is None:
            self._calls.wait(lambda: open_board(self._calls, self._board, (), None))
        device = self._calls.run(lambda device: device)
        if not self._is_there:
            self._is_there, self._complaint = True, ""
            self._say(f"connected to {self._calls.name} @ {device.url}")
        if self._publisher is None:
            self._publisher = self._publish(device)
        self._publisher.set_online(is_online=True)
        return device

    def _publish(self, device: Device) -> Publisher:
        name, uid = self._name or self._calls.name, device.info.uid if device.info else ""
        publisher = Publisher(self._calls.session.hub, name, self._address, uid, self._say)
        for pipe in self._pipes:
            publisher.pipes.publish(pipe)
        if not self._pipes:
            publisher.pipes.publish_all()
        what = ", ".join(self._pipes) or "all pipes"
        self._say(f"publishes {what} of '{name}' at {self._address}")
        publisher.start(waits=False)
        return publisher

    def _run_program(self) -> None:
        """Runs the program, unless it has run to its end since the board has begun anew."""
        life = self._life
        if self._program is None or life == self._done_in:
            self._done_in = life
            return
        time.sleep(max(0.0, self._next_start - time.monotonic()))
        self._next_start = time.monotonic() + RESTART_PAUSE
        self._say(f"starts {self._program.name}")
        try:
            self._device.exec(self._program.code, on_output=self._lines.take)
        finally:
            self._lines.flush()
        self._done_in = life
        self._say(f"{self._program.name} has ended; what it has started goes on")

    def _watch(self) -> None:
        """Waits until the board begins anew, or is away."""
        while self._life == self._done_in:
            self._has_news.wait(POLL)
            self._has_news.clear()
            self._reach()
            self._device.exec("pass", timeout=ANSWER_TIMEOUT)
        self._say("the board was reset")

    @property
    def _life(self) -> str:
        return self._calls.device.mark if self._calls.device is not None else ""

    def _note_loss(self, error: IoTKernelError) -> None:
        """The board is away; called before it is connected again."""
        if self._publisher is not None:
            self._publisher.set_online(is_online=False)
        self._is_there = False
        self._complain(error)
        self._has_news.set()

    def _wait_for_board(self, error: IoTKernelError) -> None:
        is_first = self._calls.device is None
        if is_first and isinstance(error, ConnectError) and error.reason is ConnectReason.UNSUPPORTED:
            raise error
        self._note_loss(error)
        time.sleep(SEARCH_PAUSE if is_first and not is_url(self._board) else RETRY_PAUSE)

    def _tell_failure(self, error: DeviceError) -> None:
        """A program that fails is started again."""
        self._say(f"{self._program.name if self._program else 'the board'} has failed:")
        for line in error.traceback.splitlines():
            self._lines.take(f"{line}\n")

    def _complain(self, error: IoTKernelError) -> None:
        """Says what is wrong, once, until something else is."""
        problem = str(error)
        if isinstance(error, ConnectionLostError):
            problem = f"lost the connection to {error.url} ({error.problem})"
        if problem != self._complaint:
            self._complaint = problem
            self._say(" ".join(problem.split()))
