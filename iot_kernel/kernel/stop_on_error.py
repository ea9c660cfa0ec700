"""Which cells were sent before their sender could know of a failure: "run all" stops there, however fast.

Dropping what waits in the queue is not enough, because the cells of one "run all" arrive one by one, a few
milliseconds apart, and a board fails faster than that. A request says when it was made, by its sender's
clock:

- one that was made before the failure belongs to it;
- so does one that was made right after the one before it, where the sender is known not to wait for replies.

The clock may be wrong. One that is ahead shows by requests from the future and is corrected; one that is
behind can do no harm for longer than `WINDOW`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: After a failure; longer than the way from a browser far away, shorter than a person's next key press.
WINDOW = timedelta(seconds=0.3)

#: Between two cells of one "run all", as a busy browser makes them.
GAP = timedelta(seconds=0.03)


def _now() -> datetime:
    return datetime.now(UTC)


class Failure:
    """The last failed cell, and whether its sender waits for replies.

    Args:
        now: the clock.
    """

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._at: datetime | None = None
        self._ahead = timedelta(0)  # how much at least the sender's clock is ahead of ours
        self._replied_at: datetime | None = None  # to the cell before the current one
        self._made: datetime | None = None  # the current cell, by the sender's clock
        self._waits = True

    def concerns(self, made: object) -> bool:
        """Whether the cell that comes next was sent before the failure; to be asked once for every cell.

        Args:
            made: the date in the request's header; a cell without one is never concerned.
        """
        if not isinstance(made, datetime) or made.tzinfo is None:
            return False
        now = self._now()
        self._ahead = max(self._ahead, made - now)
        before, self._made = self._made, made
        if self._at is not None and now - self._at < WINDOW:
            follows = not self._waits and before is not None and made - before <= GAP
            if follows or made - self._ahead <= self._at:
                return True
        self._waits = self._replied_at is None or made - self._ahead > self._replied_at
        return False

    def replied(self) -> None:
        """Notes that a cell has ended just now."""
        self._replied_at = self._now()

    def happened(self) -> None:
        """Notes that it failed."""
        self._at = self._now()
