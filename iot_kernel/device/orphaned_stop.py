"""Lets code go on that stands at a breakpoint of a kernel which is gone: a board keeps what it was told."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import Protocol

from iot_kernel.debugging import messages
from iot_kernel.debugging.messages import Stopped
from iot_kernel.errors import IoTKernelError


class StandingDevice(Protocol):
    """What is needed of a `Device`."""

    def note_request(self) -> None:
        """The running code reads its input."""

    def command(self, line: str) -> None:
        """Sends a line to it."""


def let_go(device: StandingDevice, data: bytes) -> None:
    """Takes the content of a frame of a board that nobody debugs; on the thread that reads.

    Args:
        device: the board; a thread of its own sends it the command.
        data: the content.
    """
    said = messages.read(data)
    if isinstance(said, Stopped) and said.is_main:  # only that thread reads commands
        device.note_request()
        threading.Thread(target=_send, args=(device,), name="IoT let go", daemon=True).start()


def _send(device: StandingDevice) -> None:
    from iot_kernel.debugging.commands import LET_GO  # here: what it needs takes a kernel's start time

    with suppress(IoTKernelError):  # it is out of reach
        device.command(f"0 {LET_GO}")  # the number of no question
