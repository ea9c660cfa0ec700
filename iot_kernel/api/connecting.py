"""`connect` and `discover`: from what people call boards to boards."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from iot_kernel.api.calls import DeviceCalls
from iot_kernel.api.device import ApiDevice
from iot_kernel.api.finder import Finder
from iot_kernel.api.running import check_text
from iot_kernel.api.wording import in_words_of_scripts, reworded
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.scan import Discovery
from iot_kernel.boards.scan import discover as search
from iot_kernel.config import Configuration
from iot_kernel.errors import IoTKernelError


@dataclass(frozen=True, slots=True)
class FoundBoard:
    """A board within reach.

    Attributes:
        name: its name in a device file, else its uid, else its url.
        url: its address.
        uid: its chip's number; empty where it has none, or was not asked.
        note: why it was not asked, such as who drives it; empty when it was.
    """

    name: str
    url: str
    uid: str
    note: str


def connect(board: str = "", *schemes: str, password: str | None = None) -> ApiDevice:
    """Connects a board. It is not reset, and its variables stay; a program that runs is interrupted.

    Args:
        board: its name in a device file, its uid or its url, such as ``serial:///dev/ttyACM0``,
            ``ws://192.168.1.20`` or ``sim://``, a virtual board; empty for the only one within reach.
        schemes: the kinds of connection that will do, best first, such as ``"ws"``; not for a url.
        password: for WebREPL; by default what notebooks use: the secrets file, or ``IOT_WEBREPL_PASSWORD``.

    Returns:
        The board; use it in a ``with`` statement.

    Raises:
        DeviceNotFoundError: nothing known answers to this.
        AmbiguousDeviceError: several boards do; choose one of those it names.
        ConnectError: it does not answer; ``reason`` says why, the message what to do. Where another kernel or
            program has the board, it says which.
        ConfigError: a device file or the secrets file cannot be used.
    """
    check_text("a board's name or url", board)
    calls = DeviceCalls()
    device = ApiDevice(calls)
    try:
        calls.wait(lambda: open_board(calls, board, schemes, password))
    except BaseException:
        device.close()
        raise
    return device


def open_board(calls: DeviceCalls, board: str, schemes: tuple[str, ...], password: str | None) -> None:
    """Connects the board of calls; see `connect`."""

    def search_now() -> Discovery:
        cancel = threading.Event()
        with calls.interruptible(cancel.set):
            return search(calls.registry, cancel=cancel)

    finder = Finder(calls.session, calls.registry, search_now)
    if board:
        calls.device = finder.connect(board, schemes, password=password)
    else:
        calls.device = finder.connect_the_only()
    calls.name = calls.session.name


def discover() -> list[FoundBoard]:
    """Searches for boards: USB ports, boards that announce themselves, registered ones. Takes some seconds.

    Disturbs none: no program is interrupted, no port that another kernel or program uses is opened.

    Raises:
        ConfigError: the file with the known boards cannot be used.
    """
    try:
        found = search(DeviceRegistry(Configuration.from_environment()))
    except IoTKernelError as error:
        reworded(error)
        raise
    return [
        FoundBoard(row.name, row.entry.url, row.entry.uid, in_words_of_scripts(row.note))
        for row in found.rows
    ]
