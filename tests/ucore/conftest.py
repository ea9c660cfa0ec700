"""Boards with a hub behind them: what the board's side of pipes sends, and what becomes of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from iot_kernel.device.device import Device
from iot_kernel.pipes.hub import Hub, Outlet
from tests.opened import opened
from ukernel.pipes.framing import Message

TIMEOUT = 30.0  # s; nothing takes that long unless the machine stands still
LOOK_SECONDS = 0.05  # between looks at what changes without a message, such as which pipes are open


class Reader(Outlet):
    """A board and all that its pipes send."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.hub = Hub()
        self.hub.outlet = self
        self.messages: dict[str, list[bytes]] = {}
        self.ends: list[str] = []
        self.stray: list[str] = []
        self._changed = threading.Condition()
        device.callbacks.on_frame = self.hub.take
        device.callbacks.on_break = self.hub.end_all
        device.callbacks.on_stray = self.stray.append

    def message(self, name: str, message: Message) -> bool:
        with self._changed:
            self.messages.setdefault(name, []).append(message.data)
            self._changed.notify_all()
        return True

    def ended(self, name: str) -> None:
        with self._changed:
            self.ends.append(name)
            self._changed.notify_all()

    def forget(self) -> None:
        """Drops the messages so far: threads that never pause fill a computer with them in minutes."""
        with self._changed:
            self.messages.clear()

    def run(self, code: str, **options: Callable[[], None]) -> tuple[str | None, str]:
        """Runs a cell: its value, and what it printed."""
        printed: list[str] = []
        value = self.device.run_cell(code, printed.append, **options)
        return value, "".join(printed)

    def wait(self, condition: Callable[[], bool]) -> None:
        """Waits without a lock: a condition may ask the hub, which holds its own while it calls this."""
        end = time.monotonic() + TIMEOUT
        while not condition():
            assert time.monotonic() < end, ({name: len(of) for name, of in self.messages.items()}, self.ends)
            with self._changed:
                self._changed.wait(LOOK_SECONDS)

    def of(self, name: str, count: int) -> list[bytes]:
        """The messages of a pipe, as soon as there are so many."""
        self.wait(lambda: len(self.messages.get(name, ())) >= count)
        return self.messages[name]

    def check_messages(self, contents: list[bytes]) -> None:
        """Writes messages, and finds them as they were with nothing lost, damaged or shown."""
        self.run("pipe = ucore.open_pipe('adc')")
        for data in contents:
            assert self.run(f"pipe.write({data!r})") == ("True", "")
        assert self.of("adc", len(contents)) == contents
        assert (self.stray, self.hub.damaged, self.hub.pipe("adc").lost) == ([], 0, 0)


@pytest.fixture(params=("unix", "wasm", "webrepl"))
def reader(request):
    """An open board of each kind that sends bytes."""
    board = request.getfixturevalue(request.param)
    with opened(board) as device:
        yield Reader(device)


@pytest.fixture
def threads(unix):
    """An open board with threads."""
    with opened(unix) as device:
        yield Reader(device)
