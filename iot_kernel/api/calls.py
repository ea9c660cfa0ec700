"""What a script asks of one board: one call after the other, on a thread of their own, and how they end.

A call of the main thread may be broken off by Ctrl-C at any moment, and one of asynchronous code by its
cancellation. So none runs on the thread that asks: that one waits, and when it is broken off, it has the call
interrupted as the stop button does it, waits for its end, and leaves a board behind that waits for code.
"""

from __future__ import annotations

import concurrent.futures
import contextlib
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from iot_kernel.api.errors import DeviceClosedError, OtherProcessError
from iot_kernel.api.wording import reworded
from iot_kernel.api.worker import Interrupts, Worker
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.session import Session
from iot_kernel.config import Configuration
from iot_kernel.device.callbacks import TextSink
from iot_kernel.device.device import Device
from iot_kernel.errors import ConnectionLostError, DeviceError, DeviceResetError, NotConnectedError
from iot_kernel.repl.turn_state import drop
from ukernel import interruptible

T = TypeVar("T")

_log = logging.getLogger(__name__)


class PendingCall(Generic[T]):
    """A call that waits or runs.

    Attributes:
        future: has its result.
        interrupts: those of this call.
    """

    def __init__(self) -> None:
        self.future: concurrent.futures.Future[T] = concurrent.futures.Future()
        self.interrupts = Interrupts()

    def interrupt(self) -> None:
        """Keeps it from starting; interrupts it where it has started. From any thread."""
        if not self.future.cancel():
            self.interrupts.request()

    def stop(self) -> None:
        """Interrupts it, and waits for its end; another Ctrl-C meanwhile is another interrupt."""
        while not self.future.done():
            with contextlib.suppress(KeyboardInterrupt):
                self.interrupt()
                self.await_end()

    def await_end(self) -> None:
        """Waits until it has ended; Ctrl-C ends the wait."""
        while not self.future.done():
            concurrent.futures.wait([self.future], interruptible.AT_A_TIME)


@dataclass(slots=True)
class DeviceEvents:
    """What is called when something happens that nobody has asked for; each may be replaced at any time.

    The first two are called between calls, on a thread of the device, and may use the board.

    Attributes:
        on_lost: the link to the board broke, during a call or not.
        on_reset: the board has restarted by itself: its variables are gone. Boards do not say so; it shows
            when one is used again.
        on_output: takes all that code prints in calls, as it comes, whoever gets it besides; called on a
            thread of the device, must not use the board.
        on_stray: takes what the board prints while no call runs, as its threads do; must not use the board.
    """

    on_lost: Callable[[ConnectionLostError], object] = drop
    on_reset: Callable[[], object] = lambda: None
    on_output: TextSink = drop
    on_stray: TextSink = drop


class DeviceCalls:
    """The calls of one script to one board. Thread-safe; the constructor touches nothing.

    Attributes:
        session: has the board.
        registry: the boards that are known.
        events: see there.
        device: the board, from when it is connected on; it stays the same object, also when it is closed.
        name: what it is called.
    """

    def __init__(self) -> None:
        self.registry = DeviceRegistry(Configuration.from_environment())
        self.session = Session(self.registry, notice=_log.info, stray=self._tell_stray)
        self.session.on_lost = self._tell_lost
        self.session.on_reset = self._tell_reset
        self.events = DeviceEvents()
        self.device: Device | None = None
        self.name = ""
        self._worker = Worker("IoT board calls")
        self._current: PendingCall[Any] | None = None
        self._calls_lock = threading.Lock()
        self._is_closed = False
        self._process = os.getpid()
        self._output_threads: set[int] = set()

    def __str__(self) -> str:
        return f"{self.name} @ {self._url}{', closed' if self._is_closed else ''}"

    def run(self, do: Callable[[Device], T], *, in_steps: bool = True) -> T:
        """Runs a call, and waits for its result.

        Args:
            do: gets the board, connected again where the link was lost.
            in_steps: an interrupt ends it where it stands; otherwise only what runs on the board.

        Raises:
            DeviceClosedError: the board was closed, before or meanwhile.
            KeyboardInterrupt: Ctrl-C was pressed; the call has ended.
            Exception: as ``do`` does.
        """
        return self.wait(lambda: self._with_board(do), in_steps=in_steps)

    def wait(self, do: Callable[[], T], *, in_steps: bool = True) -> T:
        """Runs what needs no board yet, and waits for its result; see `run`."""
        if self._worker.is_current:
            return self._run_inside(do, in_steps=in_steps)
        if threading.get_ident() in self._output_threads:
            raise RuntimeError("what takes a board's output must not use the board, which waits for it")
        call = self.begin(do, in_steps=in_steps)
        try:
            if interruptible.AT_A_TIME is not None:
                call.await_end()
            return call.future.result()
        except BaseException:
            call.stop()
            raise

    def begin(self, do: Callable[[], T], *, in_steps: bool = True) -> PendingCall[T]:
        """Begins a call, which runs when those before it have ended; returns at once.

        Raises:
            DeviceClosedError: the board was closed.
            OtherProcessError: this process was forked from the one that has the board.
        """
        call: PendingCall[T] = PendingCall()
        with self._calls_lock:
            self.check_usable()
            self._worker.post(lambda: self._run(call, do, in_steps=in_steps))
        return call

    def check_usable(self) -> None:
        """Makes sure that this process has the board.

        Raises:
            DeviceClosedError: the board was closed.
            OtherProcessError: this process was forked from the one that has the board.
        """
        self._check_process()
        if self._is_closed:
            raise DeviceClosedError(self._url)

    def interrupt(self) -> None:
        """Interrupts the code that runs on the board. From any thread."""
        self._check_process()
        if (device := self.session.current) is not None:
            device.interrupt()

    def interrupt_if_asked(self) -> None:
        """Interrupts code that has just begun, where its call was interrupted before."""
        if (call := self._current) is not None and call.interrupts.requested:
            self.interrupt()

    def stop_if_asked(self) -> None:
        """Ends the call that runs now where it was interrupted; for steps that an interrupt does not end.

        Raises:
            KeyboardInterrupt: it was.
        """
        if (call := self._current) is not None:
            call.interrupts.check()

    def interruptible(self, stop: Callable[[], None]) -> AbstractContextManager[None]:
        """Has an interrupt of the call that runs now call ``stop``."""
        call = self._current
        return contextlib.nullcontext() if call is None else call.interrupts.stopped_by(stop)

    @contextmanager
    def taking_output(self, take: TextSink) -> Iterator[TextSink]:
        """Guards a function of the script's that takes output while the block runs.

        It must not use the board; where it raises, the code is interrupted, and its error ends the block.
        """
        errors: list[BaseException] = []

        def take_text(text: str) -> None:
            if errors:
                return
            try:
                with self._without_board():
                    _tell(lambda: self.events.on_output(text))
                    take(text)
            except BaseException as error:  # noqa: BLE001  the thread that reads must go on
                errors.append(error)
                self.interrupt()

        try:
            yield take_text
        except DeviceError:
            if not errors:
                raise
        if errors:
            raise errors[0]

    def close(self) -> None:
        """Lets the board go; a call that runs ends with an error. Twice is fine, from any thread is fine.

        Does nothing in a process that was forked: the threads of the link are in the other one, and so is the
        claim of the board.
        """
        if self.is_forked:
            return
        with self._calls_lock:
            if self._is_closed:
                return
            self._is_closed = True
            self._worker.close()
        self.session.close()

    @property
    def _url(self) -> str:
        return self.device.url if self.device is not None else ""

    @property
    def is_forked(self) -> bool:
        """Whether this process was forked from the one that has the board."""
        return self._process != os.getpid()

    @property
    def is_closed(self) -> bool:
        """Whether `close` was called."""
        return self._is_closed

    def _check_process(self) -> None:
        if self.is_forked:
            raise OtherProcessError(self._url)

    def _with_board(self, do: Callable[[Device], T]) -> T:
        try:
            return do(self.session.device())
        except NotConnectedError:
            raise DeviceClosedError(self._url) from None
        except ConnectionLostError as error:
            if self._is_closed:
                raise DeviceClosedError(self._url) from None
            self._tell_lost(error)
            raise
        except DeviceResetError:
            self._tell_reset()
            raise

    def _run(self, call: PendingCall[T], do: Callable[[], T], *, in_steps: bool) -> None:
        if not call.future.set_running_or_notify_cancel():
            return
        self._current = call
        try:
            with self._stoppable(call, in_steps=in_steps):
                result = do()
        except BaseException as error:  # noqa: BLE001  whoever waits decides
            reworded(error)
            call.future.set_exception(error)
        else:
            call.future.set_result(result)
        finally:
            self._current = None

    def _run_inside(self, do: Callable[[], T], *, in_steps: bool) -> T:
        """Runs a call as part of the one that runs, or of what an event has called."""
        if (call := self._current) is None or not in_steps:
            return do()
        with self._stoppable(call, in_steps=True):
            return do()

    def _stoppable(self, call: PendingCall[Any], *, in_steps: bool) -> AbstractContextManager[None]:
        if in_steps:
            return call.interrupts.stopped_in_steps(self.interrupt)
        return call.interrupts.stopped_by(self.interrupt)

    @contextmanager
    def _without_board(self) -> Iterator[None]:
        """Refuses calls of this thread while the block runs: they would wait for it."""
        me = threading.get_ident()
        self._output_threads.add(me)
        try:
            yield
        finally:
            self._output_threads.discard(me)

    def _tell_stray(self, text: str) -> None:
        with self._without_board():
            _tell(lambda: self.events.on_stray(text))

    def _tell_lost(self, error: ConnectionLostError) -> None:
        reworded(error)
        self._worker.post(lambda: _tell(lambda: self.events.on_lost(error)))

    def _tell_reset(self) -> None:
        self._worker.post(lambda: _tell(self.events.on_reset))


def _tell(event: Callable[[], object]) -> None:
    """Calls what a script wants to be told; its mistakes are no reason to stop."""
    try:
        event()
    except Exception:  # noqa: BLE001  it is the script's
        _log.exception("what was to be called when something happened to a board has failed")
