"""The worker thread that runs what may block, parts of cells or calls of a script, and what interrupts it.

It may block in many places, and an interrupt comes from another thread at any time. So the code that runs
says how it is stopped, for as long as it runs; nothing here knows what that is.
"""

from __future__ import annotations

import contextlib
import ctypes
import queue
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, TypeVar, cast

if TYPE_CHECKING:
    import asyncio

Result = TypeVar("Result")

#: s that what is interrupted has to end by itself, before it is ended where it stands
RAISE_AFTER = 1.0

#: parts in which that time is waited for: while the computer stands still only the time of one goes by
RAISE_PARTS = 10


class Interrupts:
    """The interrupts of one cell, or of one call. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stops: list[Callable[[], None]] = []
        self.requested = False

    def stopped_by(self, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """Has an interrupt call ``stop`` while the block runs; of nested blocks the innermost is stopped.

        Raises:
            KeyboardInterrupt: on entering, when there was an interrupt before; on leaving without an
                exception, when there was one meanwhile.
        """
        return _StoppedBy(self, stop)

    def stopped_in_steps(self, stop_step: Callable[[], None]) -> StoppedInSteps:
        """Has an interrupt end what the block does: the step it is at, and after `RAISE_AFTER` all the rest.

        The block may be handed over to another thread: see `StoppedInSteps.hand_over`.

        Args:
            stop_step: ends what is being done at the moment.

        Raises:
            KeyboardInterrupt: as for `stopped_by`, and anywhere in the block after `RAISE_AFTER`.
        """
        return StoppedInSteps(self, stop_step)

    def check(self) -> None:
        """Ends the cell if it was interrupted.

        Raises:
            KeyboardInterrupt: there was an interrupt.
        """
        if self.requested:
            raise KeyboardInterrupt

    def settle(self) -> None:
        """Forgets the interrupts so far: what was running has dealt with them, and goes on."""
        with self._lock:
            self.requested = False

    def request(self) -> None:
        """Interrupts the cell. Returns at once: stopping may block, so it runs on a thread of its own."""
        with self._lock:
            self.requested = True
            stop = self._stops[-1] if self._stops else None
        if stop is not None:
            threading.Thread(target=stop, name="IoT interrupt", daemon=True).start()

    def begin(self, stop: Callable[[], None]) -> None:
        """From now on an interrupt calls ``stop``; see `stopped_by`, which pairs this with `end`."""
        with self._lock:
            self.check()
            self._stops.append(stop)

    def end(self) -> None:
        """From now on an interrupt calls what it called before the last `begin`."""
        with self._lock:
            self._stops.pop()


class _StoppedBy:
    """The block of `Interrupts.stopped_by`: a class, since each cell on each board goes through several."""

    def __init__(self, interrupts: Interrupts, stop: Callable[[], None]) -> None:
        self._interrupts = interrupts
        self._stop = stop

    def __enter__(self) -> None:
        self._interrupts.begin(self._stop)

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        self._interrupts.end()
        if kind is None:
            self._interrupts.check()


class StoppedInSteps(_StoppedBy):
    """The block of `Interrupts.stopped_in_steps`."""

    def __init__(self, interrupts: Interrupts, stop_step: Callable[[], None]) -> None:
        super().__init__(interrupts, stop_step)
        self._thread = 0
        self._running = threading.Lock()  # held while the block runs
        self._raise_lock = threading.Lock()  # so that nothing is raised behind the block
        self._is_over = False

    def __enter__(self) -> None:
        self._thread = threading.get_ident()
        self._running.acquire()
        self._interrupts.begin(self._stop_all)

    def hand_over(self) -> None:
        """Leaves the rest of the block to the thread that takes it over; until then none can be ended."""
        with self._raise_lock:
            self._thread = 0

    def take_over(self) -> None:
        """Has this thread do the rest of the block, after `hand_over`."""
        self._thread = threading.get_ident()  # no lock: it may be ended from here on

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            with self._raise_lock:
                self._is_over = True
            self._running.release()
        finally:  # what is raised may come here
            super().__exit__(kind)

    def _stop_all(self) -> None:
        self._stop()
        while not any(self._running.acquire(timeout=RAISE_AFTER / RAISE_PARTS) for _ in range(RAISE_PARTS)):
            with self._raise_lock:
                if self._is_over:
                    return
                if self._thread:
                    ident = ctypes.c_ulong(self._thread)
                    ctypes.pythonapi.PyThreadState_SetAsyncExc(ident, ctypes.py_object(KeyboardInterrupt))
                    return
        self._running.release()  # for another interrupt that waits


class Worker:
    """A daemon thread that runs one function after the other. Started by the first.

    Args:
        name: of the thread.
    """

    def __init__(self, name: str = "IoT cell") -> None:
        self._name = name
        self._jobs: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def submit(self, function: Callable[[], Result]) -> asyncio.Future[Result]:
        """Runs ``function`` on the thread; the future belongs to the calling event loop."""
        import asyncio  # a script that does not use it need not load it

        loop = asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()

        def job() -> None:
            result, failure = None, None
            try:
                result = function()
            except BaseException as error:  # noqa: BLE001  whoever awaits the future decides
                failure = error
            with contextlib.suppress(RuntimeError):  # the loop has been closed, and with it what waited
                loop.call_soon_threadsafe(settle, future, result, failure)

        self.post(job)
        return future

    def post(self, job: Callable[[], None]) -> None:
        """Runs a function on the thread, which nobody waits for; it must not raise."""
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
        self._jobs.put(job)

    @property
    def is_current(self) -> bool:
        """Whether the caller runs on the thread."""
        return threading.current_thread() is self._thread

    def close(self) -> None:
        """Ends the thread once the functions submitted so far have run. Does not wait."""
        self._jobs.put(None)

    def _run(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
            del job  # what it holds is freed now, not when the next one comes


def in_thread(function: Callable[[], Result]) -> asyncio.Future[Result]:
    """Runs ``function`` on a daemon thread of its own: one that hangs does not keep the process alive."""
    worker = Worker()
    future = worker.submit(function)
    worker.close()
    return future


def settle(future: asyncio.Future[Result], result: Result | None, error: BaseException | None) -> None:
    """Ends a future, unless it has ended or its event loop is closed."""
    if future.done():
        return
    if error is not None:
        future.set_exception(error)
    else:
        future.set_result(cast(Result, result))
