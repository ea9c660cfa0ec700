"""Waits until a descriptor has something to read, on the thread that always reads or on another one.

A board is always being read, by a thread of its own. Whoever waits for an answer of the board may read it
there and then, *directly*, so that no thread has to wake another one. The thread that always reads sleeps
on then, and goes on without a gap afterwards. That takes a set of descriptors that one thread changes while
another one waits for it, which Linux has; elsewhere nobody reads directly.
"""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import sys
import threading
from abc import ABC, abstractmethod

if sys.platform == "win32" or sys.platform == "darwin":  # no poll there, or one that fails for terminals
    Selector = selectors.SelectSelector
else:
    Selector = selectors.PollSelector


class Readiness(ABC):
    """Waits for one descriptor, and for a bell that ends all waiting.

    One thread calls `wait`, one other `wait_direct`; all the rest any thread.
    """

    @abstractmethod
    def wait(self, timeout: float | None) -> bool:
        """Blocks until there is something to read or the bell rings; False after so many seconds."""

    @abstractmethod
    def begin_direct(self) -> bool:
        """Has `wait` sleep on, whatever comes. Twice is fine.

        Returns:
            Whether it does; not where no thread is in it, and not where this system has no way to do that.
        """

    @abstractmethod
    def wait_direct(self, timeout: float | None) -> bool:
        """As `wait`, after `begin_direct`; False also where somebody called `wake`."""

    @abstractmethod
    def end_direct(self) -> None:
        """Has `wait` go on. Twice, and without a beginning, is fine."""

    @abstractmethod
    def wake(self) -> None:
        """Ends `wait_direct`, or the next one. Takes no time."""

    @abstractmethod
    def close(self) -> None:
        """Frees everything, once nobody waits any more."""


def readiness(fd: int, bell: int) -> Readiness:
    """Makes what waits for a descriptor on this system.

    Args:
        fd: the descriptor; a socket's on Windows.
        bell: a descriptor that becomes readable, for good, when all waiting is to end.
    """
    if sys.platform == "linux":
        return EpollReadiness(fd, bell)
    return SelectorReadiness(fd, bell)


class SelectorReadiness(Readiness):
    """For every system; nobody reads directly. The arguments are those of `readiness`."""

    def __init__(self, fd: int, bell: int) -> None:
        self._selector = Selector()
        self._selector.register(fd, selectors.EVENT_READ)
        self._selector.register(bell, selectors.EVENT_READ)

    def wait(self, timeout: float | None) -> bool:
        """As `Readiness.wait`."""
        return bool(self._selector.select(timeout))

    def begin_direct(self) -> bool:
        """Never begins."""
        return False

    def wait_direct(self, timeout: float | None) -> bool:
        """Is called by nobody."""
        raise NotImplementedError

    def end_direct(self) -> None:
        """Has nothing to end."""

    def wake(self) -> None:
        """Has nobody to wake."""

    def close(self) -> None:
        """As `Readiness.close`."""
        self._selector.close()


if sys.platform == "linux":

    class EpollReadiness(Readiness):
        """For Linux. The arguments are those of `readiness`."""

        def __init__(self, fd: int, bell: int) -> None:
            self._fd = fd
            self._usual = select.epoll()
            self._usual.register(fd, select.EPOLLIN)
            self._usual.register(bell, select.EPOLLIN)
            self._waker = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
            self._direct = select.poll()
            for each in (fd, bell, self._waker):
                self._direct.register(each, select.POLLIN)
            self._readiness_lock = threading.Lock()  # guards the four below
            self._begun = 0  # how often direct reading has begun
            self._is_waiting = False
            self._is_direct = False
            self._is_closed = False

        def wait(self, timeout: float | None) -> bool:
            """As `Readiness.wait`."""
            while True:
                with self._readiness_lock:
                    self._is_waiting = True
                    before = self._begun
                found = self._usual.poll(timeout)
                with self._readiness_lock:
                    is_stale = before != self._begun  # what was there has been read directly, perhaps
                    if not (is_stale and found) or any(fd != self._fd for fd, _ in found):
                        self._is_waiting = False
                        return bool(found)

        def begin_direct(self) -> bool:
            """As `Readiness.begin_direct`."""
            with self._readiness_lock:
                if self._is_direct or self._is_closed or not self._is_waiting:
                    return self._is_direct and not self._is_closed
                self._usual.unregister(self._fd)
                self._is_direct = True
                self._begun += 1
                return True

        def wait_direct(self, timeout: float | None) -> bool:
            """As `Readiness.wait_direct`."""
            found = [fd for fd, _ in self._direct.poll(None if timeout is None else timeout * 1000)]
            if self._waker in found:
                found.remove(self._waker)
                with contextlib.suppress(BlockingIOError):
                    os.eventfd_read(self._waker)
            return bool(found)

        def end_direct(self) -> None:
            """As `Readiness.end_direct`."""
            with self._readiness_lock:
                if self._is_direct and not self._is_closed:
                    self._usual.register(self._fd, select.EPOLLIN)
                self._is_direct = False

        def wake(self) -> None:
            """As `Readiness.wake`."""
            with self._readiness_lock:
                if not self._is_closed:
                    os.eventfd_write(self._waker, 1)

        def close(self) -> None:
            """As `Readiness.close`."""
            with self._readiness_lock:
                self._is_closed = True
                self._usual.close()
                os.close(self._waker)
