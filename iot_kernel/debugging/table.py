"""The checkpoints of all that a board has got: cells and modules, by number. Pure."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from iot_kernel.debugging.checkpoints import Checkpoint, Instrumented
from iot_kernel.debugging.instrument import instrument


@dataclass(frozen=True, slots=True)
class Place:
    """A checkpoint, and the text that it is in.

    Attributes:
        key: of the text.
        module: whose globals it has; empty for cells.
        checkpoint: the checkpoint.
    """

    key: str
    module: str
    checkpoint: Checkpoint


class CheckpointTable:
    """Gives out numbers, each once, and knows what they stand for."""

    def __init__(self) -> None:
        self._next = 1
        self._places: dict[int, Place] = {}

    def add(self, key: str, source: str, *, module: str = "", watched: Collection[int] = ()) -> Instrumented:
        """Puts checkpoints into a text that will go to the board.

        What the board has got under the same key before stays known: functions of it may still be called.

        Args:
            key: what the caller calls the text.
            source: the text.
            module: its name on the board; empty for cells.
            watched: as for `instrument`.
        """
        made = instrument(source, first=self._next, watched=watched)
        self._next += len(made.checkpoints)
        for point in made.checkpoints:
            self._places[point.number] = Place(key, module, point)
        return made

    def place(self, number: int) -> Place | None:
        """Returns what a number stands for."""
        return self._places.get(number)
