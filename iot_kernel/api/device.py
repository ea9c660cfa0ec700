"""`ApiDevice`, which scripts know as `iot_kernel.Device`: a board, and what it can be asked."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any, NoReturn, Self, TypeVar

from iot_kernel.api import installing, values
from iot_kernel.api.calls import DeviceCalls, DeviceEvents
from iot_kernel.api.clock import DeviceClock
from iot_kernel.api.files import DeviceFiles
from iot_kernel.api.functions import function_code
from iot_kernel.api.pipes import DevicePipes
from iot_kernel.api.programs import DevicePrograms
from iot_kernel.api.running import check_text, run_code
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.device import Device
from iot_kernel.device.info import DeviceInfo
from iot_kernel.device.output_text import LONGEST_OUTPUT, Collected
from iot_kernel.errors import NotConnectedError
from iot_kernel.packages.index import index_place
from iot_kernel.packages.install import make_changes
from iot_kernel.repl.turn_state import drop

Result = TypeVar("Result")


class ApiDevice:
    """A board that is connected: `iot_kernel.connect` gives it.

    Thread-safe: calls of several threads run one after the other. A link that is lost is connected again by
    the next call. Ctrl-C in a call interrupts what runs on the board and leaves it usable. Use it in a
    ``with`` statement, or `close` it: until then no other program can have the board.

    Args:
        calls: to the board.

    Attributes:
        files: what is stored on the board.
        clock: the board's.
        programs: what the board starts by itself.
        events: what is called when something happens that nobody has asked for.
    """

    def __init__(self, calls: DeviceCalls) -> None:
        if not isinstance(calls, DeviceCalls):
            raise TypeError("a Device is what iot_kernel.connect() returns")
        self._calls = calls
        self._pipes = DevicePipes(calls)
        self.files = DeviceFiles(calls)
        self.clock = DeviceClock(calls)
        self.programs = DevicePrograms(calls)
        self.events: DeviceEvents = calls.events

    # Code

    def exec(self, code: str, *, on_output: TextSink | None = None, timeout: float | None = None) -> str:
        """Runs code, as a cell does: it may await, and import ``ucore``.

        Args:
            code: the source text.
            on_output: takes what it prints, as it comes; called on another thread, must not use the board.
            timeout: seconds; None for as long as it takes. The next call interrupts code that goes on.

        Returns:
            All that it printed; empty when ``on_output`` took it.

        Raises:
            DeviceError: it raised an exception on the board; ``KeyboardInterrupt`` after `interrupt`.
            DeviceTimeoutError: the time is over.
            DeviceMemoryError: it does not fit into the board's memory.
            DeviceResetError: the board restarted meanwhile.
            InputNotPossibleError: it asked for input.
            ConnectionLostError: the link broke; the next call connects again.
            ConnectError: the link had broken, and the board does not come back.
            DeviceClosedError: the device was closed.
            OtherProcessError: this process was forked from the one that has the board.
        """
        check_text("code", code)
        return self._calls.run(
            lambda device: run_code(self._calls, device, code, on_output, timeout), in_steps=False
        )

    def eval(self, expression: str, *, timeout: float | None = None) -> Any:  # noqa: ANN401  that is the point
        """Returns the value of an expression; it moves as ``%pull`` moves it.

        Args:
            expression: of Python, evaluated on the board.
            timeout: as for `exec`.

        Raises:
            UnmovableValueError: the value has no like on this computer.
            Exception: as `exec` does.
        """
        check_text("an expression", expression)
        return self._calls.run(
            lambda device: values.evaluate(
                device, expression, lambda code: run_code(self._calls, device, code, drop, timeout)
            ),
            in_steps=False,
        )

    def run(
        self,
        function: Callable[..., Result],
        *args: object,
        on_output: TextSink | None = None,
        timeout: float | None = None,
    ) -> Result:
        """Sends a function of this program to the board, calls it there, and returns what it returns.

        Its source is sent, so what it needs beside its arguments it has to import or make itself. Nothing of
        it stays on the board.

        Args:
            function: a plain one, written with ``def``.
            args: its arguments; they and the result move as values, as ``%push`` and ``%pull`` move them.
            on_output: takes what it prints, as for `exec`; by default that goes to ``sys.stdout``.
            timeout: as for `exec`.

        Raises:
            UnsendableFunctionError: it cannot be sent; the error says what of it, and why.
            UnmovableValueError: an argument or the result cannot be moved.
            Exception: as `exec` does.
        """
        sent = function_code(function)
        take = on_output or _show
        result: Result = self._calls.run(
            lambda device: values.call_function(
                device, sent, args, lambda code: run_code(self._calls, device, code, take, timeout)
            ),
            in_steps=False,
        )
        return result

    def interrupt(self) -> None:
        """Ends the code that runs on the board with KeyboardInterrupt. From any thread; returns at once."""
        self._calls.interrupt()

    # Variables and packages

    def get(self, name: str) -> Any:  # noqa: ANN401  that is the point
        """Returns the value of a variable of the board, as ``%pull`` copies it: arrays are numpy arrays.

        Raises:
            VariableNotFoundError: there is no such variable.
            UnmovableValueError: its value has no like on this computer.
            Exception: as `exec` does.
        """
        return self._calls.run(lambda device: values.get_value(device, name))

    def set(self, name: str, value: object) -> None:
        """Sets a variable of the board, as ``%push`` copies it.

        Raises:
            UnmovableValueError: the value has no like on the board, or the board no memory for it.
            UsageError: this is no name of a variable.
            Exception: as `exec` does.
        """
        self._calls.run(lambda device: values.set_value(device, name, value))

    def install(
        self, *packages: str, target: str | None = None, index: str | None = None, mpy: bool | None = None
    ) -> list[str]:
        """Installs packages that are made for MicroPython, with what they depend on, as ``%upip`` does.

        Args:
            packages: names in the index, ``github:OWNER/REPO``, addresses, or ``./`` files of this computer.
            target: a directory of the board; None for the first one called lib in its ``sys.path``.
            index: the address of another index.
            mpy: False for sources; compiled files otherwise, where the index has them for this board.

        Returns:
            The files that were written, below the target; what was there already is not among them.

        Raises:
            PackageError: a package cannot be installed.
            Exception: as `exec` does.
        """
        watch = installing.InstallWatch(interruptible=self._calls.interruptible)

        def run(device: Device) -> list[str]:
            wanted = installing.references(packages)
            micropython = installing.need_micropython(wanted)
            there = installing.board_target(device, target, mpy=mpy, name=self.name, micropython=micropython)
            changes = installing.find_and_fetch(wanted, index_place(index), there, watch)
            make_changes(changes, there.directory, lambda done: None)
            return list(changes.contents)

        return self._calls.run(run)

    # Pipes, and resets

    def pipes(self) -> DevicePipes:
        """The pipes of the board: which are open, and `Pipe` objects to read them."""
        return self._pipes

    def soft_reset(self) -> str:
        """Restarts the interpreter: variables are gone, files stay. Runs boot.py, not main.py.

        Returns:
            What boot.py printed.

        Raises:
            Exception: as `exec` does.
        """
        return self._calls.run(lambda device: self._reset(device, device.soft_reset))

    def hard_reset(self, on_output: TextSink | None = None) -> str:
        """Resets the chip, waits until the board is silent for 2.5 s or for 10 s, and connects again.

        Args:
            on_output: as for `exec`.

        Returns:
            What the board printed while it booted.

        Raises:
            DeviceError: the firmware has no reset function.
            Exception: as `exec` does.
        """
        return self._calls.run(lambda device: self._reset(device, device.hard_reset, on_output))

    # Who it is, and the end

    @property
    def info(self) -> DeviceInfo:
        """What the board says of itself."""
        info = self._device.info
        if info is None:
            raise NotConnectedError
        return info

    @property
    def name(self) -> str:
        """The board's name in a device file, else its uid, else its url."""
        return self._calls.name

    @property
    def url(self) -> str:
        """Where the board is, or was."""
        return self._device.url

    @property
    def is_open(self) -> bool:
        """Whether there is a link to the board."""
        return not self._calls.is_closed and self._device.is_open

    @property
    def _device(self) -> Device:
        if self._calls.device is None:
            raise NotConnectedError
        return self._calls.device

    def close(self) -> None:
        """Lets the board go, which stays as it is; a call under way ends with an error. Twice is fine."""
        self._calls.close()
        self._pipes.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Device {self._calls}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Device cannot be copied or pickled; connect() the board where it is used")

    # Helpers

    def _reset(
        self, device: Device, reset: Callable[[TextSink], None], on_output: TextSink | None = None
    ) -> str:
        printed = Collected(LONGEST_OUTPUT, lambda: None)
        with self._calls.taking_output(on_output or printed.take) as take:
            reset(take)
        return printed.text


def _show(text: str) -> None:
    sys.stdout.write(text)


# Tracebacks, help() and the repr of the class show these.
ApiDevice.__module__, ApiDevice.__name__, ApiDevice.__qualname__ = "iot_kernel", "Device", "Device"
