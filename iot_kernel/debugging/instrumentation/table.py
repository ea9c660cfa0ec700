"""The checkpoints of all that a board has got: cells and modules, by number. Pure."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import islice

from iot_kernel.debugging.instrumentation.calls import reaching
from iot_kernel.debugging.instrumentation.checkpoints import Checkpoint, Instrumented, ScopeKind
from iot_kernel.debugging.instrumentation.instrument import instrument
from iot_kernel.debugging.instrumentation.traced import TracedCode, TracedLine

#: Texts of which checkpoints are kept, the latest: what is called today is hardly older.
MOST_TEXTS = 200

#: Checkpoints that are kept: a board has 32 bytes for each, in a set that has room.
MOST_KEPT = 1000


@dataclass(frozen=True, slots=True)
class StackFrame:
    """A function, a module or a cell that is being executed.

    Attributes:
        index: by which the board knows it while it stands.
        place: where it is.
    """

    index: int
    place: Place


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
    """Gives out numbers, each once, and knows what they stand for.

    Attributes:
        traced: what is known of code without checkpoints.
    """

    def __init__(self) -> None:
        self.traced = TracedCode()
        self._next = 1
        self._places: dict[int, Place] = {}
        self._made: dict[object, Instrumented] = {}
        self._texts: deque[Instrumented] = deque(maxlen=MOST_TEXTS)
        #: whether the board knows ``:=``, by which watched functions give names other values
        self.sets_names = True

    def add(self, key: str, source: str, *, module: str = "", watched: Collection[int] = ()) -> Instrumented:
        """Puts checkpoints into a text that will go to the board.

        What the board has got under the same key before stays known: functions of it may still be called. The
        same text again has the same numbers, so that a cell can run as often as it likes.

        Args:
            key: what the caller calls the text.
            source: the text.
            module: its name on the board; empty for cells.
            watched: as for `instrument`.
        """
        asked = key, source, module, frozenset(watched), self.sets_names
        made = self._made.get(asked)
        if made is None:
            made = instrument(source, first=self._next, watched=watched if self.sets_names else ())
            self._made[asked] = made
            self._next += len(made.checkpoints)
            for point in made.checkpoints:
                self._places[point.number] = Place(key, module, point)
        self.traced.remove(key, made.checkpoints)
        self._note_latest(made)
        return made

    def _note_latest(self, made: Instrumented) -> None:
        for index, other in enumerate(self._texts):
            if other is made:
                del self._texts[index]
                break
        self._texts.append(made)

    def kept(self, *, loops: bool) -> frozenset[int]:
        """Returns the checkpoints that keep where they are, so that callers are known when code stops.

        They are those at which other code with checkpoints may be called. What cells did outside of functions
        counts for the last one only, and for modules, which are imported later.

        Args:
            loops: those are among them with which loops begin.
        """
        names = reaching(made.callables for made in self._texts)
        found = (
            point.number
            for index, made in enumerate(reversed(self._texts))
            for point in made.checkpoints
            if (loops and point.begins_loop) or point.calls & names
            if index == 0 or point.scope.kind is ScopeKind.FUNCTION or self._places[point.number].module
        )
        return frozenset(islice(found, MOST_KEPT))

    @property
    def highest(self) -> int:
        """The highest number that was given out."""
        return self._next - 1

    def skip(self, number: int) -> None:
        """Leaves numbers out up to this one: code that the board has from others may use them."""
        self._next = max(self._next, number + 1)
        self._made.clear()

    def stack(self, numbers: Sequence[int | TracedLine]) -> tuple[StackFrame, ...]:
        """Returns the frames of a call stack, the outermost first.

        Left out is what is not known, and what cannot be the caller of the next one: it has ended, in the
        same statement of its caller.
        """
        places = [(index, self.place(number)) for index, number in enumerate(numbers)]
        return tuple(
            StackFrame(index, place)
            for index, place in places
            if place is not None and not (place.checkpoint.is_last and index < len(numbers) - 1)
        )

    def places(self) -> list[Place]:
        """Returns the places of all checkpoints, the latest last."""
        return list(self._places.values())

    def place(self, number: int | TracedLine) -> Place | None:
        """Returns what a number stands for, or a line of code without checkpoints."""
        if isinstance(number, int):
            return self._places.get(number)
        found = self.traced.place(number)
        return None if found is None else Place(*found)

    def modules(self) -> frozenset[str]:
        """Returns the modules that have checkpoints."""
        return frozenset(place.module for place in self._places.values() if place.module)
