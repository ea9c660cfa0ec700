"""A board on its way from one session of a notebook to another."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from iot_kernel.device.device import Device
from iot_kernel.protocol.frames import Damaged, Frame

if TYPE_CHECKING:
    from iot_kernel.pipes.hub import OpenPipe
    from iot_kernel.pipes.publisher import Publisher


#: frames that wait for the next session. It is there within milliseconds, in which USB brings a few hundred;
#: of more, those that have no room are counted as lost.
MOST_FRAMES = 4096


class FramesOnTheWay:
    """What a board sends between two sessions. Thread-safe."""

    def __init__(self) -> None:
        self._frames_lock = threading.Lock()
        self._frames: list[Frame | Damaged] = []
        self._take: Callable[[Frame | Damaged], None] | None = None

    def take(self, frame: Frame | Damaged) -> None:
        """Keeps a frame, or hands it on where the next session is there; on the thread that reads."""
        with self._frames_lock:
            if self._take is not None:
                self._take(frame)
            elif len(self._frames) < MOST_FRAMES:
                self._frames.append(frame)

    def deliver(self, take: Callable[[Frame | Damaged], None]) -> None:
        """Hands on what has come, and all that comes from now on."""
        with self._frames_lock:
            for frame in self._frames:
                take(frame)
            self._frames.clear()
            self._take = take


@dataclass(frozen=True, slots=True)
class HandedBoard:
    """A board that is open, its pipes, and what is published of them.

    Attributes:
        device: the board.
        pipes: those that it has open, by their channels.
        publishers: go on with its next session.
        frames: what it sends meanwhile.
    """

    device: Device
    pipes: Mapping[int, OpenPipe] = field(default_factory=dict)
    publishers: tuple[Publisher, ...] = ()
    frames: FramesOnTheWay = field(default_factory=FramesOnTheWay)

    def close(self) -> None:
        """Lets go of the board, and publishes nothing of it any more."""
        self.device.close()
        for publisher in self.publishers:
            publisher.close()
