"""Which cells were sent before their sender could know of a failure: "run all" stops there, however fast.

Dropping what waits in the queue is not enough, because cells of one "run all" arrive one by one. A request
says when it was made, by its sender's clock. That clock may be wrong: one that is ahead shows by requests
from the future, and is corrected; one that is behind can do no harm for longer than `WINDOW`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: After a failure; longer than the way from a browser far away, shorter than a person's next key press.
WINDOW = timedelta(seconds=0.3)


def _now() -> datetime:
    return datetime.now(UTC)


class Failure:
    """The last failed cell.

    Args:
        now: the clock.
    """

    def __init__(self, now: Callable[[], datetime] = _now) -> None:
        self._now = now
        self._at: datetime | None = None
        self._ahead = timedelta(0)  # how much at least the senders' clock is ahead of ours

    def happened(self) -> None:
        """Notes that a cell failed just now."""
        self._at = self._now()

    def concerns(self, made: object) -> bool:
        """Whether a cell that arrives now was sent before the failure.

        Args:
            made: the date in the request's header; one that is none is never concerned.
        """
        if not isinstance(made, datetime) or made.tzinfo is None:
            return False
        now = self._now()
        self._ahead = max(self._ahead, made - now)
        return self._at is not None and now - self._at < WINDOW and made - self._ahead <= self._at
