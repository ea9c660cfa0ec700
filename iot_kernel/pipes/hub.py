"""The pipes of the current board: which are open, and what becomes of each frame.

The thread that reads a board calls `Hub.take`, so nothing here blocks. The hub hands
whole messages and ends to its outlet (the listener), in the order of the board.

Channel 1 says what the other channels are, see `iot_kernel.protocol.announcement`. A stamp is a u32 of
microseconds of the board's clock, little-endian, of which 30 bits count.
"""

from __future__ import annotations

import math
import struct
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from iot_kernel.pipes.reassembly import Assembly
from iot_kernel.protocol.announcement import (
    CLOSED,
    CONTROL_CHANNEL,
    FIRST_CHANNEL,
    OPENED,
    STILL_OPEN,
    Announcement,
    decode,
)
from iot_kernel.protocol.frames import Damaged, Frame
from ukernel.pipes.framing import LONGEST_MESSAGE, NO_CLOCK, Message, check_name

#: s over which the rate of a pipe is taken, at least.
RATE_WINDOW = 2.0

#: s before the board is asked again for the pipes that it has open.
ASK_INTERVAL = 10.0

_STAMP = struct.Struct("<I")
_CLOCK_BITS = (1 << 30) - 1


@dataclass(frozen=True, slots=True)
class PipeInfo:
    """A pipe that is open.

    Attributes:
        name: of the pipe.
        messages: arrived whole.
        bytes: in them.
        lost: messages that did not arrive; from a gap of 256 frames on, fewer than there were.
        subscribers: to this name.
        rate: messages a second, lately.
        byte_rate: bytes a second, lately.
    """

    name: str
    messages: int
    bytes: int
    lost: int
    subscribers: int
    rate: float = 0.0
    byte_rate: float = 0.0


class Outlet:
    """Where messages go; this one ignores them. Called from any thread, one at a time; must not block."""

    def message(self, name: str, message: Message) -> bool:
        """Takes a message; returns False where it is lost, and True also where there is no subscriber."""
        return True

    def opened(self, name: str) -> None:
        """The pipe has been opened, or found open."""

    def ended(self, name: str) -> None:
        """The pipe has been closed."""

    def subscribers(self, name: str) -> int:
        """How many subscribers a pipe has."""
        return 0


@dataclass(slots=True)
class _MessageRate:
    """Counts at the beginning of the window before this one and of this one."""

    marks: list[tuple[float, int, int]]

    def mark(self, now: float, messages: int, size: int) -> None:
        if now - self.marks[-1][0] >= RATE_WINDOW:
            self.marks = [self.marks[-1], (now, messages, size)]

    def of(self, now: float, messages: int, size: int) -> tuple[float, float]:
        """Messages and bytes a second since the older mark; of a young pipe, in its first second."""
        start, messages_before, size_before = self.marks[0]
        seconds = max(now - start, 1.0)
        return (messages - messages_before) / seconds, (size - size_before) / seconds


@dataclass(slots=True)
class OpenPipe:
    """A pipe that a board has open, and how far its messages have come."""

    name: str
    generation: int
    is_stamped: bool
    assembly: Assembly
    rate: _MessageRate
    messages: int = 0
    bytes: int = 0


class Hub:
    """The pipes of one kernel. Thread-safe.

    Attributes:
        outlet: where messages go. `tap` adds others, which see the same and lose for themselves only.
        on_unknown: something came for a pipe that nobody has announced, so the board should be asked which
            are open; called on the thread that reads, once in `ASK_INTERVAL` until the next announcement.
    """

    def __init__(self) -> None:
        self.outlet = Outlet()
        self.on_unknown: Callable[[], None] = lambda: None
        #: frames of the current board that arrived damaged
        self.damaged = 0
        self._pipes_lock = threading.RLock()
        self._channels: dict[int, OpenPipe] = {}
        self._taps: tuple[Outlet, ...] = ()
        self._asked_at = -math.inf

    def tap(self, outlet: Outlet) -> None:
        """Hands everything to another outlet, too, from now on; it hears first which pipes are open."""
        with self._pipes_lock:
            self._taps = (*self._taps, outlet)
            for pipe in self._channels.values():
                outlet.opened(pipe.name)

    def untap(self, outlet: Outlet) -> None:
        """Hands nothing more to an outlet that `tap` has added. Twice is fine."""
        with self._pipes_lock:
            self._taps = tuple(tap for tap in self._taps if tap is not outlet)

    def take(self, frame: Frame | Damaged) -> None:
        """Takes what came from the board."""
        with self._pipes_lock:
            if isinstance(frame, Damaged):
                self.damaged += 1
            elif frame.channel == CONTROL_CHANNEL:
                self._take_control(frame.data)
            elif (pipe := self._channels.get(frame.channel)) is not None:
                self._take_piece(pipe, frame)
            elif frame.channel >= FIRST_CHANNEL:
                self._ask()

    def end_all(self, reason: str = "") -> None:
        """Ends all pipes: the board was reset, is out of reach, or another one took its place.

        Args:
            reason: for the log.
        """
        with self._pipes_lock:
            for channel in list(self._channels):
                self._end(channel)
            self.damaged = 0
            self._asked_at = -math.inf

    def give_away(self) -> dict[int, OpenPipe]:
        """Lets go of the board: another hub takes its pipes by `receive`, where they go on.

        Returns:
            The pipes by their channels. For those who have heard of them here they have ended.
        """
        with self._pipes_lock:
            given = dict(self._channels)
            self.end_all()
        return given

    def receive(self, pipes: Mapping[int, OpenPipe]) -> None:
        """Takes pipes over from another hub, whose board is here now. What was lost on the way is counted."""
        with self._pipes_lock:
            for channel, pipe in pipes.items():
                self._open(channel, pipe, is_new=True)

    def pipes(self) -> list[PipeInfo]:
        """The pipes that are open, by their names."""
        now = time.monotonic()
        with self._pipes_lock:
            found = [self._info(pipe, now) for pipe in self._channels.values()]
        return sorted(found, key=lambda info: info.name)

    def pipe(self, name: str) -> PipeInfo | None:
        """An open pipe; None where none has this name."""
        return next((info for info in self.pipes() if info.name == name), None)

    def _take_control(self, data: bytes) -> None:
        try:
            told = decode(data)
            check_name(told.name)
        except ValueError:
            self.damaged += 1
            return
        channel = told.channel
        if told.kind == CLOSED:
            if channel in self._channels and self._channels[channel].name == told.name:
                self._end(channel)
        elif told.kind in (OPENED, STILL_OPEN) and channel >= FIRST_CHANNEL:
            self._open(channel, _begun(told), is_new=told.kind == OPENED)

    def _open(self, channel: int, pipe: OpenPipe, *, is_new: bool) -> None:
        self._asked_at = -math.inf
        old = self._channels.get(channel)
        if old is not None and not is_new and (old.name, old.generation) == (pipe.name, pipe.generation):
            return
        self._end(channel)
        for other in [number for number, open_ in self._channels.items() if open_.name == pipe.name]:
            self._end(other)
        self._channels[channel] = pipe
        for outlet in (self.outlet, *self._taps):
            outlet.opened(pipe.name)

    def _end(self, channel: int) -> None:
        pipe = self._channels.pop(channel, None)
        if pipe is not None:
            for outlet in (self.outlet, *self._taps):
                outlet.ended(pipe.name)

    def _take_piece(self, pipe: OpenPipe, frame: Frame) -> None:
        data, clock = pipe.assembly.take(frame), NO_CLOCK
        if data is not None and pipe.is_stamped:
            data, clock = _without_stamp(data)
            if clock == NO_CLOCK:
                self.damaged += 1
        if data is None:
            return
        pipe.messages += 1
        pipe.bytes += len(data)
        pipe.rate.mark(time.monotonic(), pipe.messages, pipe.bytes)
        message = Message(data, time.time(), pipe.assembly.lost, clock)
        for tap in self._taps:
            tap.message(pipe.name, message)
        if not self.outlet.message(pipe.name, message):
            pipe.assembly.drop()

    def _ask(self) -> None:
        now = time.monotonic()
        if now - self._asked_at >= ASK_INTERVAL:
            self._asked_at = now
            self.on_unknown()

    def _info(self, pipe: OpenPipe, now: float) -> PipeInfo:
        pipe.rate.mark(now, pipe.messages, pipe.bytes)
        rate, byte_rate = pipe.rate.of(now, pipe.messages, pipe.bytes)
        return PipeInfo(
            name=pipe.name,
            messages=pipe.messages,
            bytes=pipe.bytes,
            lost=pipe.assembly.lost,
            subscribers=self.outlet.subscribers(pipe.name),
            rate=rate,
            byte_rate=byte_rate,
        )


def _begun(told: Announcement) -> OpenPipe:
    longest = LONGEST_MESSAGE + (_STAMP.size if told.is_stamped else 0)
    assembly = Assembly(longest, joined_late=told.kind == STILL_OPEN)
    rate = _MessageRate([(time.monotonic(), 0, 0)])
    return OpenPipe(told.name, told.generation, told.is_stamped, assembly, rate)


def _without_stamp(data: bytes) -> tuple[bytes | None, int]:
    """Takes the stamp off a message; None for one that is too short to have any."""
    if len(data) < _STAMP.size:
        return None, NO_CLOCK
    return data[_STAMP.size :], _STAMP.unpack_from(data)[0] & _CLOCK_BITS
