"""One test on one board: its phases, each with its time limit and what the board prints in it."""

from __future__ import annotations

import traceback

import pytest

import iot_kernel
from iot_kernel.errors import IoTKernelError
from iot_kernel.testing.board_under_test import BoardUnderTest
from iot_kernel.testing.readable_errors import is_ours, make_readable
from iot_kernel.testing.watchdog import GRACE, Watchdog


class BoardUse:
    """What the fixture `board` and the hooks of one test share.

    Args:
        board: the board.
        item: the test.
        seconds: that each of its phases may take; 0 for as long as it takes.
    """

    def __init__(self, board: BoardUnderTest, item: pytest.Item, seconds: float) -> None:
        self._board = board
        self._item = item
        self._seconds = seconds
        self._watchdog: Watchdog | None = None
        self._device: iot_kernel.Device | None = None
        self._late = ""  # what `end_watch` said of the finalizers

    def set_up(self) -> iot_kernel.Device:
        """Prepares the board, and skips the test where the board lacks what it needs.

        Raises:
            pytest.skip.Exception: it does.
            pytest.fail.Exception: the board cannot be had; the text says why.
        """
        __tracebackhide__ = True
        board = self._board
        needed = [str(word) for mark in self._item.iter_markers("needs") for word in mark.args]
        problem = missing = ""
        try:
            self._device = board.ready()
            self._item.user_properties += board.properties
            missing = board.features.missing(self._device, needed)
        except (IoTKernelError, OSError) as error:
            problem = str(error)
        if problem or self._device is None:
            pytest.fail(problem, pytrace=False)
        if missing:
            pytest.skip(missing)
        board.output.take_out()
        return self._device

    def clean(self) -> None:
        """Puts the board back as it was.

        Raises:
            pytest.fail.Exception: that is not possible; the text says why.
        """
        __tracebackhide__ = True
        self._late = self.end_watch()
        problem = ""
        try:
            self._board.clean(self._item.nodeid)
        except IoTKernelError as error:
            problem = str(error)
        if problem:
            pytest.fail(problem, pytrace=False)

    def watch(self) -> None:
        """Begins to watch the time of a phase."""
        if self._seconds and self._device is not None:
            self._watchdog = Watchdog(self._seconds, self._device.interrupt, self._device.close)

    def end_watch(self) -> str:
        """Ends the watching.

        Returns:
            What was done to end the phase; empty where it ended in time.
        """
        if self._watchdog is None:
            return ""
        watchdog, self._watchdog = self._watchdog, None
        watchdog.stop()
        if not watchdog.has_interrupted:
            return ""
        took = f"timeout: it took longer than {self._seconds:g} s, so the board was interrupted"
        if not watchdog.has_closed:
            return took
        mended = self._board.mend(self._item.nodeid)
        return f"{took}; that did not end it within {GRACE:g} s, so the link was closed, and {mended}"

    def forget_watch(self) -> None:
        """Lets the phase take as long as it likes: somebody debugs it."""
        if self._watchdog is not None:
            self._watchdog.stop()
            self._watchdog = None

    def begin_phase(self) -> None:
        """Begins the test itself, or its finalizers."""
        self._board.output.take_out()
        self.watch()

    def end_phase(self, when: str, error: BaseException | None) -> None:
        """Ends a phase, and has the report show what the board printed in it.

        Args:
            when: ``setup``, ``call`` or ``teardown``.
            error: what has ended it.

        Raises:
            pytest.fail.Exception: it took too long, whatever it has made of that.
        """
        __tracebackhide__ = True
        if isinstance(error, (KeyboardInterrupt, pytest.exit.Exception)):
            self.forget_watch()
            return
        if text := self._board.output.take_out():
            self._item.add_report_section(when, "board output", text)
        if problem := self._late or self.end_watch():
            raise pytest.fail.Exception(problem + _said(error), pytrace=False) from None
        if isinstance(error, IoTKernelError):
            make_readable(error)


def _said(error: BaseException | None) -> str:
    """What the test itself has made of it: where it stood, and where the code on the board did."""
    if error is None:
        return ". The test has gone on after that"
    if isinstance(error, IoTKernelError):
        make_readable(error)
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if not is_ours(frame.filename)]
    place = f"\n{frames[-1].filename}:{frames[-1].lineno}: {frames[-1].line}" if frames else ""
    notes = "".join(f"\n\n{note}" for note in getattr(error, "__notes__", ()))
    return f".\n{place}{notes}"
