"""`DevicePipes`: the pipes of one board, read in this process by the same `Pipe` as those of a kernel."""

from __future__ import annotations

import secrets
import threading
import time

from iot_kernel.api.calls import DeviceCalls
from iot_kernel.boards.publishing import publish_current
from iot_kernel.pipes.hub import PipeInfo
from iot_kernel.pipes.listener import LOOPBACK, PipeListener
from ukernel.pipes.client import Pipe, subscribe
from ukernel.pipes.discovery import Address

#: s for our own listener to know a subscriber; it takes less than a millisecond on an idle computer.
ADMIT_TIMEOUT = 5.0

#: s between looks whether it does.
ADMIT_POLL = 0.0005


class DevicePipes:
    """The pipes of one board; `iot_kernel.Device.pipes` gives it. Thread-safe.

    Args:
        calls: to the board.
    """

    def __init__(self, calls: DeviceCalls) -> None:
        self._calls = calls
        self._hub = calls.session.hub
        self._lock = threading.Lock()
        self._listener: PipeListener | None = None

    def __repr__(self) -> str:
        return f"<pipes of {self._calls}>"

    def open(self) -> list[PipeInfo]:
        """Returns the pipes that the board has open now, by their names."""
        return self._hub.pipes()

    def subscribe(self, name: str) -> Pipe:
        """Subscribes to a pipe; it need not be open yet. What was written before is not repeated.

        Args:
            name: of the pipe.

        Returns:
            The pipe; use it in a ``with`` statement. Its ``label`` names the board, too:
            `ukernel.pipes.collect` takes pipes of several boards, and calls each by its label.

        Raises:
            ValueError: no pipe can have this name.
            DeviceClosedError: the device was closed.
            OSError: this computer has no port to spare.
        """
        address, listener = self.address, self._started()
        before = listener.subscribers(name)
        pipe = subscribe(name, port=address.port, token=address.token)
        pipe.label = f"{self._calls.session.name}:{name}"
        end = time.monotonic() + ADMIT_TIMEOUT
        while listener.subscribers(name) <= before and time.monotonic() < end:
            time.sleep(ADMIT_POLL)
        return pipe

    def publish(self, name: str | None, broker: str, *, board: str = "", waits: bool = True) -> None:
        """Publishes a pipe at an MQTT broker from now on, whenever it is open. Twice is fine.

        Args:
            name: of the pipe; None for all that the board opens.
            broker: its url, ``mqtt://broker/prefix`` or ``mqtts://...``.
            board: the name by which readers know the board; by default what it is called here.
            waits: return when the broker has let us in; else go on trying, whatever happens.

        Raises:
            ImportError: paho-mqtt is not installed.
            ValueError: this is no url of a broker, or no name of a pipe or a board.
            ConnectionError: the broker cannot be used.
            DeviceClosedError: the device was closed.
        """
        self._calls.check_usable()
        names = [] if name is None else [name]
        publish_current(self._calls.session, names, broker, board, waits=waits)

    def unpublish(self, name: str | None = None) -> None:
        """Publishes a pipe no more, at no broker; it ends for its readers.

        Args:
            name: of the pipe; None for all.
        """
        self._calls.session.publications.withdraw([] if name is None else [name])

    @property
    def address(self) -> Address:
        """Where the pipes can be read: ``collect("adc", port=address.port, token=address.token)``."""
        listener = self._started()
        return Address(LOOPBACK, listener.port, listener.token)

    def close(self) -> None:
        """Ends all pipes for their subscribers. Twice is fine. Does nothing in a process that was forked."""
        if self._calls.is_forked:
            return
        with self._lock:
            listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def _started(self) -> PipeListener:
        with self._lock:
            self._calls.check_usable()
            if self._listener is None:
                listener = PipeListener(self._hub, secrets.token_urlsafe(32))
                listener.start()
                self._listener = listener
            return self._listener
