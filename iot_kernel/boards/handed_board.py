"""A board on its way from one session of a notebook to another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from iot_kernel.device.device import Device

if TYPE_CHECKING:
    from iot_kernel.pipes.publisher import Publisher


@dataclass(frozen=True, slots=True)
class HandedBoard:
    """A board that is open, and what is published of it.

    Attributes:
        device: the board.
        publishers: go on with its next session.
    """

    device: Device
    publishers: tuple[Publisher, ...] = ()

    def close(self) -> None:
        """Lets go of the board, and publishes nothing of it any more."""
        self.device.close()
        for publisher in self.publishers:
            publisher.close()
