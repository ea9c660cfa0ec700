"""Does one thing on many boards at the same time: all begin, each is waited for, and what became of it.

A few boards have a thread each. On more of them one thread begins, one after the other, and then waits for
each: where it takes a fraction of a millisecond, more threads would only hand the turn to one another. When
it does not get on, others join, until each board has a thread of its own. A board that fails or hangs stops
no other one. Nothing here knows what is done, or what is shown of it.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Generic, TypeVar

from iot_kernel.api.worker import Interrupts, Worker
from iot_kernel.repl.halves import Halves, begin, end
from ukernel import interruptible

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

#: boards at a time, each with a thread. A bench has tens of boards; more of them take turns.
MOST_THREADS = 64

#: boards which have a thread each from the beginning.
FEW = 4

#: s that one thread may take for half of what is done on a board: ten times what that takes where no board is
#: waited for. Where it takes more, others join.
ONE_HALF = 0.003

#: s after which others join in any case: by then one thread has done the short work of tens of boards.
OTHERS_AFTER = 0.02


@dataclass(frozen=True, slots=True)
class BoardTurn:
    """What is done on one board, from its beginning to its end.

    Attributes:
        name: what the board is called.
        interrupts: those of this board. Each interrupt of the whole is one of every board that has not ended.
    """

    name: str
    interrupts: Interrupts = field(default_factory=Interrupts)


@dataclass(frozen=True, slots=True)
class BoardEnd(Generic[T_co]):
    """What became of one board.

    Attributes:
        name: what the board is called.
        seconds: how long it took, from when it began until its end was noticed.
        value: what was returned; None after an error.
        error: what was raised; None where all went well. KeyboardInterrupt where it was interrupted before
            anything was done.
    """

    name: str
    seconds: float
    value: T_co | None = None
    error: BaseException | None = None


class BoardThreads:
    """The threads of one kernel on which things are done on several boards at the same time.

    They are started when they are needed, and kept for the next time. Thread-safe.
    """

    def __init__(self) -> None:
        self._threads_lock = threading.Lock()
        self._idle: list[Worker] = []
        self._is_closed = False

    def run(
        self,
        turns: Sequence[BoardTurn],
        do: Callable[[BoardTurn], Halves[T]],
        interrupts: Interrupts,
        on_interrupt: Callable[[], None] = lambda: None,
    ) -> list[BoardEnd[T]]:
        """Does something on every board, and waits for all of them.

        An interrupt meanwhile is one of each board that has not ended, and a second one a second one; what
        is to be done on a board whose turn has not come is not begun. Then the interrupts are settled: what
        became of them stands in the ends.

        Args:
            turns: one for each board.
            do: is called once for each. It may block; what it only has to wait for belongs into its second
                half. That is begun after the first halves of others, on any thread, also after an interrupt.
                Whatever it raises is the error of this board alone. It has to say by ``interrupts`` of its
                turn how it is stopped.
            interrupts: those of the cell, or of the call.
            on_interrupt: is called at each of them, before any board is interrupted; must not block.

        Returns:
            What became of each, in their order.

        Raises:
            KeyboardInterrupt: there was an interrupt before this was called; nothing was done.
        """
        together = _Together(turns, do, on_interrupt)
        try:
            with interrupts.stopped_by(together.interrupt):
                first = FEW if len(turns) <= FEW else 1
                self._start(together, first)
                if not together.wait_while_quick():
                    self._start(together, MOST_THREADS - first)
                    together.wait()
        except KeyboardInterrupt:
            if not together.has_ended:
                raise
            interrupts.settle()
        return together.take_ends()

    def close(self) -> None:
        """Ends the threads that have nothing to do, and the others once they have. Does not wait."""
        with self._threads_lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def _start(self, together: _Together[T], most: int) -> None:
        for _ in range(together.join(most)):
            worker = self._take()
            worker.post(partial(self._work, worker, together))

    def _take(self) -> Worker:
        with self._threads_lock:
            return self._idle.pop() if self._idle else Worker("IoT board")

    def _work(self, worker: Worker, together: _Together[T]) -> None:
        try:
            together.work()
        finally:
            self._give_back(worker)
            together.leave()

    def _give_back(self, worker: Worker) -> None:
        with self._threads_lock:
            is_kept = not self._is_closed and len(self._idle) < MOST_THREADS
            if is_kept:
                self._idle.append(worker)
        if not is_kept:
            worker.close()


@dataclass(frozen=True, slots=True)
class _Begun(Generic[T]):
    """A board whose second half waits for a thread.

    Attributes:
        index: among all boards.
        at: when its first half began; s of `time.perf_counter`.
        halves: what is done on it.
    """

    index: int
    at: float
    halves: Halves[T]


class _Together(Generic[T]):
    """One call of `BoardThreads.run`."""

    def __init__(
        self,
        turns: Sequence[BoardTurn],
        do: Callable[[BoardTurn], Halves[T]],
        on_interrupt: Callable[[], None],
    ) -> None:
        self._do = do
        self._on_interrupt = on_interrupt
        self._turns = turns
        self._is_interrupted = False
        self._left = threading.Condition()  # guards what is below
        self._ends: list[BoardEnd[T]] = [BoardEnd(turn.name, 0.0) for turn in turns]
        self._waiting = deque(range(len(turns)))  # boards on which nothing has begun
        self._begun: deque[_Begun[T]] = deque()
        self._under_way = 0  # boards that are to begin or have begun, and have not ended
        self._taken = 0  # halves
        self._working = 0  # threads

    @property
    def has_ended(self) -> bool:
        """Whether everything was done on every board."""
        return not self._working and not self._waiting and not self._begun

    def take_ends(self) -> list[BoardEnd[T]]:
        """What became of each board; once: an error keeps alive where it came from, which has this."""
        ends, self._ends = self._ends, []
        return ends

    def wait(self) -> None:
        """Waits until everything was done on every board."""
        with self._left:
            while not self._left.wait_for(lambda: self.has_ended, interruptible.AT_A_TIME):
                pass

    def wait_while_quick(self) -> bool:
        """Waits likewise, as long as one thread gets on with it; returns whether everything was done."""
        others_join_at, taken = time.monotonic() + OTHERS_AFTER, -1
        with self._left:
            while taken != self._taken and time.monotonic() < others_join_at:
                taken = self._taken
                if self._left.wait_for(lambda: self.has_ended, ONE_HALF):
                    return True
        return False

    def join(self, most: int) -> int:
        """More threads work: one for each board that waits for one, but at most so many."""
        with self._left:
            joining = min(len(self._waiting) + len(self._begun), most)
            self._working += joining
        return joining

    def leave(self) -> None:
        """A thread has done all that it could; called by it at last."""
        with self._left:
            self._working -= 1
            if not self._working:
                self._left.notify_all()

    def interrupt(self) -> None:
        """Interrupts every board: those that have ended do not mind."""
        self._is_interrupted = True
        self._on_interrupt()
        for turn in self._turns:
            turn.interrupts.request()

    def work(self) -> None:
        """Begins on each board that waits for that, and then ends on one after the other."""
        while (half := self._next()) is not None:
            half()

    def _next(self) -> Callable[[], None] | None:
        with self._left:
            self._taken += 1
            if self._waiting and self._under_way < MOST_THREADS:
                self._under_way += 1
                return partial(self._begin, self._waiting.popleft())
            return partial(self._end, self._begun.popleft()) if self._begun else None

    def _begin(self, index: int) -> None:
        at = time.perf_counter()
        if self._is_interrupted:
            self._note(index, at, error=KeyboardInterrupt())
            return
        try:
            halves = self._do(self._turns[index])
            begin(halves)
        except BaseException as error:  # noqa: BLE001  whoever shows the ends decides
            self._note(index, at, error=error)
        else:
            with self._left:
                self._begun.append(_Begun(index, at, halves))

    def _end(self, begun: _Begun[T]) -> None:
        try:
            value = end(begun.halves)
        except BaseException as error:  # noqa: BLE001  whoever shows the ends decides
            self._note(begun.index, begun.at, error=error)
        else:
            self._note(begun.index, begun.at, value)

    def _note(
        self, index: int, at: float, value: T | None = None, error: BaseException | None = None
    ) -> None:
        seconds = time.perf_counter() - at
        with self._left:
            self._ends[index] = BoardEnd(self._turns[index].name, seconds, value, error)
            self._under_way -= 1
