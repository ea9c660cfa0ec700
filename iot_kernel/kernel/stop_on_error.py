"""Which cells were sent before their sender could know of a failure: "run all" stops there, however fast.

A cell that waits for its turn when another one fails is dropped. This is not enough, because the cells of one
"run all" arrive one by one, a few milliseconds apart, and a board fails faster than that. A request says when
it was made, by its sender's clock. Of the cells that arrive shortly after the failure

- one that was made before the failure is dropped;
- so is one that was made right after the one that failed or was dropped before it, where the sender is known
  not to wait for replies.

The sender's clock may be wrong. One that is ahead shows by requests from the future and is corrected; one
that is behind can do no harm for longer than `WINDOW`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: After a failure; longer than the way from a browser far away, shorter than a person's next key press.
WINDOW = timedelta(seconds=0.3)

#: Between two cells of one "run all", as a busy browser on a busy computer makes them.
GAP = timedelta(seconds=0.1)


_START = datetime.now(UTC) - timedelta(seconds=time.monotonic())


def clock() -> datetime:
    """Returns the time by a clock that nobody sets."""
    return _START + timedelta(seconds=time.monotonic())


class StopOnError:
    """The last failed cell, and whether its sender waits for replies.

    Args:
        now: the clock.
    """

    def __init__(self, now: Callable[[], datetime] = clock) -> None:
        self._now = now
        self._failed: datetime | None = None  # when a cell failed last
        self._ahead = timedelta(0)  # how much at least the sender's clock is ahead of ours
        self._replied: datetime | None = None  # when the cell before the current one ended
        self._made: datetime | None = None  # the current cell, by the sender's clock
        self._waits = True
        self._stopped = False  # no cell has run since one failed

    def drops(self, arrived: datetime, made: object) -> bool:
        """Whether a cell was sent before its sender knew of the failure; to be asked once for every cell.

        Args:
            arrived: when the request came, by our clock.
            made: the date in the request's header. A cell without one is dropped only if it waited.
        """
        waited = self._failed is not None and arrived <= self._failed
        if not isinstance(made, datetime) or made.tzinfo is None:
            return waited
        self._ahead = max(self._ahead, made - arrived)
        before, self._made = self._made, made
        if self._failed is not None and arrived - self._failed < WINDOW:
            follows = self._stopped and not self._waits and before is not None and made - before <= GAP
            if waited or follows or made - self._ahead <= self._failed:
                return True
        self._stopped = False
        self._waits = self._replied is None or made - self._ahead > self._replied
        return False

    def ended(self, *, failed: bool) -> None:
        """Notes that a cell has ended just now, and whether the cells behind it are not to run."""
        self._replied = self._now()
        if failed:
            self._failed, self._stopped = self._replied, True
