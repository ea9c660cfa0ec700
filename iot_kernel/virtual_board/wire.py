"""The wire of a virtual board: bytes at the rate and with the delay of an emulated link.

A `Wire` carries bytes both ways, a `Lane` one way, in order, at the link's rate and with its delay. A full
lane blocks its sender, as a wire with flow control does: it holds what is on its way and one output buffer of
the operating system.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

OUTPUT_BUFFER = 4096  # bytes the operating system takes for a slow port before it blocks the writer
PIECE = 1e-3  # s of traffic that arrives at once, about what a UART's driver hands over


@dataclass(frozen=True, slots=True)
class WireSpeed:
    """A wire.

    Args:
        rate: bytes a second in each direction, None for no limit.
        delay: seconds a byte travels.
    """

    rate: float | None = None
    delay: float = 0.0

    @property
    def capacity(self) -> int:
        """Bytes that can be on their way in one direction."""
        return OUTPUT_BUFFER + int((self.rate or 0) * self.delay)

    @property
    def piece(self) -> int:
        """Bytes that arrive at once, at least one."""
        return max(1, int(self.rate * PIECE)) if self.rate else OUTPUT_BUFFER

    def duration(self, size: int) -> float:
        """Gives the seconds that many bytes occupy the wire."""
        return size / self.rate if self.rate else 0.0


IDEAL = WireSpeed()

#: Full-speed USB as boards have it: about 1 MB/s, and half a millisecond for the host's polling each way.
USB = WireSpeed(1e6, 0.5e-3)

_NAMED = {"ideal": IDEAL, "usb": USB}

_BITS_A_BYTE = 10  # start bit, eight data bits, stop bit


def parse_link(text: str) -> WireSpeed:
    """Reads ``ideal``, ``usb``, or the baud rate of a UART.

    Raises:
        ValueError: what was expected.
    """
    if text in _NAMED:
        return _NAMED[text]
    if text.isdecimal() and 300 <= int(text) <= 10_000_000:
        return WireSpeed(int(text) / _BITS_A_BYTE)
    raise ValueError("ideal, usb, or a baud rate")


class Lane:
    """One direction of a link, with a thread that hands over what arrives.

    Args:
        link: the wire.
        deliver: called with what arrives, on the lane's thread.
        name: the thread's.
    """

    def __init__(self, link: WireSpeed, deliver: Callable[[bytes], None], name: str) -> None:
        self._link = link
        self._deliver = deliver
        self._pieces: deque[tuple[float, bytes]] = deque()  # when it leaves the wire, what
        self._held = 0
        self._free_at = 0.0  # when the wire has sent everything
        self._closed = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def carry(self, data: bytes) -> None:
        """Puts bytes on the wire; blocks while it is full. A closed lane loses them."""
        piece = self._link.piece
        for start in range(0, len(data), piece):
            self._carry_piece(data[start : start + piece])

    def _carry_piece(self, data: bytes) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._held < self._link.capacity)
            if self._closed:
                return
            self._free_at = max(self._free_at, time.monotonic()) + self._link.duration(len(data))
            self._pieces.append((self._free_at + self._link.delay, data))
            self._held += len(data)
            self._changed.notify_all()

    def _run(self) -> None:
        while (data := self._next()) is not None:
            self._deliver(data)

    def _next(self) -> bytes | None:
        """Waits for the next piece to arrive; None once the lane is closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._pieces)
            if self._closed:
                return None
            due, data = self._pieces.popleft()
        left = due - time.monotonic()
        if left > 0:
            time.sleep(left)  # the time on the wire itself
        with self._changed:
            self._held -= len(data)
            self._changed.notify_all()
        return data

    def close(self) -> None:
        """Ends the lane; what is on its way is lost. Waits for its thread, unless called on it."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if threading.current_thread() is not self._thread:
            self._thread.join()


class Wire:
    """Both directions of a link; without limits it is no more than two calls.

    Args:
        link: how slow.
        to_host: takes what the board sent, when it arrives.
        to_board: takes what was typed, when it arrives.
    """

    def __init__(
        self, link: WireSpeed, to_host: Callable[[bytes], None], to_board: Callable[[bytes], None]
    ) -> None:
        self._lanes: list[Lane] = []
        self.to_host = to_host if link == IDEAL else self._lane(link, to_host)
        self.to_board = to_board if link == IDEAL else self._lane(link, to_board)

    def _lane(self, link: WireSpeed, deliver: Callable[[bytes], None]) -> Callable[[bytes], None]:
        self._lanes.append(Lane(link, deliver, "wire"))
        return self._lanes[-1].carry

    def close(self) -> None:
        """Cuts the wire."""
        for lane in self._lanes:
            lane.close()
