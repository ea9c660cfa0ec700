"""What is on its way to a broker: waiting, sent, and confirmed a moment ago. Pure: no I/O, no clock.

A broker that was started again has forgotten what it had confirmed and not yet delivered. So what was
confirmed last is kept for a moment, and sent once more to a broker that has forgotten us; readers know
repetitions by their numbers.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

#: bytes that are kept while the broker is away. At 1 kHz of samples of four bytes that is eight minutes.
BUFFER = 8 * 2**20

#: s for which a message is kept that the broker has confirmed; it delivers within milliseconds.
KEEP_CONFIRMED = 2.0

#: bytes of confirmed messages that are kept at most.
CONFIRMED_SIZE = 2 * 2**20

#: bytes that a message to the broker takes in memory beside its payload.
PARCEL_COST = 200


@dataclass(slots=True)
class Parcel:
    """One message to the broker.

    Attributes:
        topic: where it goes.
        payload: a batch.
        count: messages of the pipe in it; 0 for the end of the pipe.
        is_confirmed: the broker had it once.
    """

    topic: str
    payload: bytes
    count: int
    is_confirmed: bool = False

    @property
    def cost(self) -> int:
        """Bytes that it takes in memory."""
        return len(self.payload) + PARCEL_COST


class Outbox:
    """Parcels in their order. Not thread-safe.

    Args:
        limit: bytes that wait at most, with what is under way.
    """

    def __init__(self, limit: int = BUFFER) -> None:
        self._limit = limit
        #: bytes that the broker has not confirmed
        self.size = 0
        #: messages of pipes that were dropped, for lack of room or since the broker refused them
        self.lost = 0
        #: messages of pipes that the broker has confirmed
        self.sent = 0
        self._waiting: deque[Parcel] = deque()
        self._under_way: dict[int, Parcel] = {}
        self._confirmed: deque[tuple[float, Parcel]] = deque()
        self._confirmed_size = 0

    @property
    def is_empty(self) -> bool:
        """Whether the broker has everything."""
        return not self._waiting and not self._under_way

    @property
    def unsent(self) -> int:
        """Messages of pipes that the broker has not confirmed."""
        parcels = (*self._waiting, *self._under_way.values())
        return sum(parcel.count for parcel in parcels if not parcel.is_confirmed)

    @property
    def under_way(self) -> int:
        """How many parcels were sent and are not confirmed."""
        return len(self._under_way)

    def put(self, parcel: Parcel) -> None:
        """Takes a parcel; where there is no room, the oldest ones are dropped, the ends of pipes last."""
        self._waiting.append(parcel)
        self.size += parcel.cost
        while self.size > self._limit and len(self._waiting) > 1:
            place = next((number for number, kept in enumerate(self._waiting) if kept.count), 0)
            self._drop(self._waiting[place])
            del self._waiting[place]

    def take(self) -> Parcel | None:
        """Gives the parcel that has to be sent next; `begin` has to follow."""
        return self._waiting.popleft() if self._waiting else None

    def begin(self, number: int, parcel: Parcel) -> None:
        """A parcel was sent; its confirmation will name this number."""
        self._under_way[number] = parcel

    def confirm(self, number: int, now: float) -> None:
        """The broker has a parcel.

        Args:
            number: of the parcel.
            now: seconds of any clock.
        """
        if (parcel := self._under_way.pop(number, None)) is None:
            return
        self.size -= parcel.cost
        if not parcel.is_confirmed:
            self.sent += parcel.count
        parcel.is_confirmed = True
        self._confirmed.append((now, parcel))
        self._confirmed_size += parcel.cost
        while self._confirmed and (
            self._confirmed[0][0] < now - KEEP_CONFIRMED or self._confirmed_size > CONFIRMED_SIZE
        ):
            self._confirmed_size -= self._confirmed.popleft()[1].cost

    def refuse(self, number: int) -> bool:
        """The broker does not want a parcel, which is lost; whether there was one of this number."""
        if (parcel := self._under_way.pop(number, None)) is None:
            return False
        self._drop(parcel)
        return True

    def begin_again(self, *, is_known: bool) -> None:
        """There is a new connection: what was under way waits again.

        Args:
            is_known: the broker has forgotten nothing; else it gets what it had confirmed last, too.
        """
        again = list(self._under_way.values())
        if not is_known:
            kept = [parcel for _, parcel in self._confirmed]
            self.size += sum(parcel.cost for parcel in kept)
            again = kept + again
        self._confirmed.clear()
        self._confirmed_size = 0
        self._under_way.clear()
        self._waiting.extendleft(reversed(again))

    def _drop(self, parcel: Parcel) -> None:
        self.size -= parcel.cost
        if not parcel.is_confirmed:
            self.lost += parcel.count
