"""Restarts a board and watches its program: has it come up?"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from iot_kernel.deployment.layout import ERRORS, STARTED
from iot_kernel.device.board_connection import EVAL_TIMEOUT
from iot_kernel.device.device import Device
from iot_kernel.device.output_text import Collected
from iot_kernel.errors import (
    ConnectError,
    ConnectionLostError,
    DeviceError,
    DeviceTimeoutError,
    RemoteProtocolError,
)

#: characters of what a program prints that are kept; the first ones say most of why it does not come up
LONGEST_BOOT = 20_000

_PRINT_ERROR = f"import sys\nsys.print_exception({ERRORS}[0])"

#: s; a chip that was reset has left its program by then
LEAVE_TIME = 0.5

# What the firmware prints for people behind a program that has ended.
_GREETING = re.compile(r"^MicroPython v\d", re.MULTILINE)
_PROMPT = re.compile(r"MicroPython v\d[^\n]*\n[^\n]*\n>>> \s*\Z")


class ProgramState(enum.Enum):
    """What a program does at the end of the time it was watched."""

    RUNS = "the program runs"
    ENDED = "the program has ended without an error"
    FAILED = "the program ended with an error"
    RESTARTED = "the board has restarted by itself, or the program never began"
    SILENT = "the program does not let itself be interrupted"
    NONE = "the board starts no program"


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of a program.

    Args:
        state: what it does.
        output: what it printed.
    """

    state: ProgramState
    output: str

    @property
    def is_up(self) -> bool:
        """Whether it has come up."""
        return self.state in (ProgramState.RUNS, ProgramState.ENDED)


def watch(
    device: Device, number: int, seconds: float, on_output: Callable[[str], None] = lambda _: None
) -> Watched:
    """Restarts a board, and lets its program run for a while; interrupts it then.

    Args:
        device: the board, with a stub that starts the program.
        number: of the program.
        seconds: how long.
        on_output: takes what the board prints, as it comes; no more of it than is kept.

    Raises:
        ConnectError: the board did not come back.
    """
    printed = Collected(LONGEST_BOOT, lambda: None)

    def take(text: str) -> None:
        if not printed.is_full:
            printed.take(text)
            on_output(text)

    program = _ProgramText(take)
    device.restart(program.feed, seconds=seconds)
    asked: list[str] = []
    try:
        is_waiting = device.is_waiting(asked.append)
        text = "".join(asked)
        if text.strip("\n") or not is_waiting:  # else the firmware has begun a line for its prompt
            program.feed(text)
        started = _started(device)
    except (ConnectError, ConnectionLostError, DeviceTimeoutError):
        program.finish()
        return Watched(ProgramState.SILENT, printed.text)
    state = _state(started, number, is_waiting=is_waiting)
    if state is ProgramState.FAILED and "Traceback" not in printed.text:
        program.feed(_traceback(device))  # it was printed before the port was open again
    program.finish()
    return Watched(state, printed.text)


def leave_running(device: Device) -> None:
    """Restarts a board, and leaves it alone with its program."""
    device.restart(seconds=LEAVE_TIME)


def _state(started: object, number: int, *, is_waiting: bool) -> ProgramState:
    match started:
        case (int(there), "") if there == number:
            return ProgramState.ENDED
        case (int(there), str()) if there == number:
            return ProgramState.FAILED if is_waiting else ProgramState.RUNS
    return ProgramState.RESTARTED


def _started(device: Device) -> object:
    """What the stub says that it has started; interrupts a program that runs."""
    try:
        return device.eval(STARTED)
    except (DeviceError, RemoteProtocolError):
        return None


def _traceback(device: Device) -> str:
    """The error that ended a program, as the firmware prints it; empty where there is none to be had."""
    with suppress(DeviceError, RemoteProtocolError):
        return device.exec(_PRINT_ERROR, timeout=EVAL_TIMEOUT)
    return ""


class _ProgramText:
    """Passes on what a program prints, and not the greeting and the prompt that the firmware shows behind it.

    Args:
        sink: takes the text.
    """

    def __init__(self, sink: Callable[[str], None]) -> None:
        self._sink = sink
        self._held = ""
        self._line = ""  # what has come of the last line

    def feed(self, text: str) -> None:
        """Takes text as it comes; what begins as the greeting does is held until the end."""
        if self._held:
            self._held += text
            return
        whole = self._line + text
        found = _GREETING.search(whole)
        if found is not None:
            self._held = whole[found.start() :]
            text = whole[len(self._line) : found.start()]
        self._line = whole.rpartition("\n")[2]
        if text:
            self._sink(text)

    def finish(self) -> None:
        """Passes on what was held and is no greeting."""
        rest, self._held = _PROMPT.sub("", self._held[:LONGEST_BOOT]), ""
        if rest:
            self._sink(rest)
