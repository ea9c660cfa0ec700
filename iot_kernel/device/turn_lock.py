"""The lock of a board: held while its code runs, by one thread after the other."""

from __future__ import annotations

import threading


class TurnLock:
    """A lock that its holder may take again, and may leave to another thread while it stays locked.

    A thread that is ended while it waits for the lock has not taken it.
    """

    def __init__(self) -> None:
        self._turn_guard = threading.Lock()  # guards what is below, but for what only the holder changes
        self._turn_changed = threading.Condition(self._turn_guard)
        self._is_free = True
        self._holder = 0  # the thread; none where it is free or handed over
        self._depth = 0  # how often the holder has taken it

    def acquire(self, *, blocking: bool = True, timeout: float | None = None) -> bool:
        """Takes it, at once where this thread holds it already.

        What this thread has handed over it does not hold: it would wait for that as others do.

        Args:
            blocking: wait until it is free.
            timeout: seconds; None for as long as it takes.

        Returns:
            Whether it was taken.
        """
        me = threading.get_ident()
        if self._holder == me:  # no other thread writes that number there
            self._depth += 1
            return True
        with self._turn_guard:
            if not (self._is_free or self._await_turn(timeout if blocking else 0.0)):
                return False
            self._is_free, self._holder, self._depth = False, me, 1
        return True

    def release(self) -> None:
        """Gives it back, where it was taken more than once only once.

        Raises:
            RuntimeError: this thread does not hold it.
        """
        if self._holder != threading.get_ident():
            raise RuntimeError("another thread holds the board, or none")
        if self._depth > 1:
            self._depth -= 1
            return
        with self._turn_guard:
            self._is_free, self._holder, self._depth = True, 0, 0
            self._turn_changed.notify_all()  # who is woken may be ended before it takes it

    def hand_over(self) -> None:
        """Leaves it to the thread that takes it over; until then it is locked, and nobody's.

        Called by its holder.
        """
        self._holder = 0

    def take_over(self) -> None:
        """Has this thread hold it, after `hand_over`."""
        self._holder = threading.get_ident()

    def __enter__(self) -> None:
        self.acquire()

    def __exit__(self, *_: object) -> None:
        self.release()

    def _await_turn(self, timeout: float | None) -> bool:
        return self._turn_changed.wait_for(lambda: self._is_free, timeout)
