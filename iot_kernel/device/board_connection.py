"""Staying in touch with one board: connecting, its prompt, who it is, running code, connecting again.

Waiting, reading and the raw REPL itself are the connection's. What code is good for is the device's matter.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from iot_kernel.device.attachment import Attachment
from iot_kernel.device.diagnosis import another_board, no_stop
from iot_kernel.device.identify import identify
from iot_kernel.device.info import DeviceInfo
from iot_kernel.device.output_text import BoardText, Collected
from iot_kernel.device.retrying import retry
from iot_kernel.device.traceback import device_error
from iot_kernel.errors import (
    ConnectionLostError,
    DeviceResetError,
    DeviceStuckError,
    EndLostError,
    NotConnectedError,
    RemoteProtocolError,
)
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.protocol.jmp import Damaged, Frame
from iot_kernel.repl.connection import Outcome
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.repl.link_state import FrameSink
from iot_kernel.repl.transfer import Transfer
from iot_kernel.transports import current_url

#: s; a board that boots needs three, one on a slow network link some more.
CONNECT_TIMEOUT = 10.0

#: s; a board that has just swallowed Ctrl-C mostly goes on doing so, and nobody wants to wait for that again.
STUCK_TIMEOUT = 2.0

#: s; after a reset a board on the network has to join it again before its WebREPL listens.
RETURN_TIMEOUT = 30.0

#: s; the longest any snippet of ours runs on the slowest board.
EVAL_TIMEOUT = 10.0

#: characters that code prints as an answer; those of ours are thousands. A board that says more is
#: interrupted before it fills this computer's memory.
LONGEST_OUTPUT = 32_000_000

TextSink = Callable[[str], None]


class Contact:
    """One board, by its url: connected or not, and the same one when it is connected again.

    The constructor touches nothing. Blocking, safe to call from any thread.

    Args:
        url: where it is, e.g. ``serial:///dev/ttyACM0``.
        password: for WebREPL.
    """

    def __init__(self, url: str, *, password: str | None = None) -> None:
        self.url = url
        self._password = password
        #: known after the first `open`; survives `close`
        self.info: DeviceInfo | None = None
        #: the USB serial number, where there is one; known after the first `open`
        self.serial_number: str | None = None
        #: takes text printed while no code runs; called on the reader thread
        self.on_stray: TextSink = drop
        #: the board has restarted since the last cell: its variables are gone; called before the next one
        self.on_restart: Callable[[], None] = nothing
        #: the link broke while no code ran; called on the reader thread
        self.on_lost: Callable[[ConnectionLostError], None] = drop
        #: what ran in the background is gone or out of reach: a reset, a lost link; called from any thread
        self.on_break: Callable[[], None] = nothing
        #: takes frames of pipes, and damaged ones; called on the reader thread, must not block
        self.on_frame: FrameSink = drop
        self._turn = threading.RLock()
        self._attachment: Attachment | None = None
        self._mark = ""  # among the board's variables, so that a restart shows; none since one that has shown
        self._is_resetting = False
        self._is_identifying = False
        self._is_stuck = False  # it did not let itself be interrupted

    def open(self, *, interrupt: bool = True, timeout: float = CONNECT_TIMEOUT) -> DeviceInfo:
        """Connects, enters the raw REPL and asks the board who it is. The board is not reset.

        Args:
            interrupt: send Ctrl-C to a board that is busy, which ends its program.
            timeout: seconds until its prompt must have answered.

        Raises:
            ConnectError: with the reason and what to do.
            ConnectionLostError: the link broke while connecting.
        """
        with self._turn:
            if self.is_open and self.info is not None:
                return self.info
            self.close()
            try:
                return self._open(interrupt=interrupt, timeout=timeout)
            except BaseException:
                self.close()
                raise

    def close(self) -> None:
        """Lets the board go. Twice is fine, from any thread is fine."""
        if self._attachment is not None:
            self._attachment.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a link to the board."""
        return self._attachment is not None and not self._attachment.connection.is_lost

    def reopen(self, *, timeout: float = CONNECT_TIMEOUT) -> bool:
        """Connects again after the link broke, also where the port has another name by now.

        Args:
            timeout: seconds.

        Returns:
            Whether the board's variables are gone.

        Raises:
            ConnectError: it does not answer, or another board answers in its place.
        """
        with self._turn:
            before, mark = self.info, self._mark
            self.close()
            retry(self._open_where_it_is, timeout=timeout)
            if before is not None and self.info is not None and self.info.uid != before.uid:
                self.close()
                raise another_board(self.url, before, self.info)
            return self._mark != mark

    @property
    def platform(self) -> str:
        """Its ``sys.platform``; empty while that is not known."""
        return self.info.platform if self.info is not None else ""

    @property
    def burst(self) -> int | None:
        """Bytes the board takes without reading them; None where the wire pushes back."""
        return self._attached().sender.burst

    @property
    def is_paced(self) -> bool:
        """Whether a program that waits for input gets all that is sent, however much that is."""
        return self._attached().is_paced

    def exec(
        self,
        code: str,
        *,
        on_output: TextSink | None = None,
        timeout: float | None = None,
        transfer: Transfer | None = None,
    ) -> str:
        """Runs code on the board.

        Args:
            code: the source text.
            on_output: takes what it prints, as it comes; called on the reader thread.
            timeout: seconds; None for as long as it takes.
            transfer: exchanges data with the code while it runs.

        Returns:
            All that it printed, with LF line ends; empty when ``on_output`` took it.

        Raises:
            DeviceError: the code raised; ``KeyboardInterrupt`` after `interrupt`.
            DeviceMemoryError: the code does not fit into the board's memory.
            DeviceResetError: the board restarted meanwhile.
            RemoteProtocolError: it printed more than `LONGEST_OUTPUT`, which nobody took as it came.
            DeviceTimeoutError: the time is over, or it does not let itself be interrupted.
            EndLostError: how the code ended was lost on the wire.
            ConnectionLostError: the link broke.
            NotConnectedError: the device is not open.
        """
        collected = Collected(LONGEST_OUTPUT, self.interrupt)
        text = BoardText(on_output or collected.take)
        outcome = self._run(code, text.feed, RunOptions(timeout, transfer))
        text.finish()
        output = collected.text
        if collected.is_full:
            raise RemoteProtocolError("waiting for the end of an answer", output.encode(errors="replace"))
        if outcome.traceback:
            raise device_error(outcome.traceback, output)
        if outcome.is_lost and transfer is None:  # a transfer knows by itself what it has got
            raise EndLostError(self.url)
        return output

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        attachment = self._attachment
        if attachment is not None:
            attachment.connection.interrupt()

    # For what is asked of a board

    @property
    def end_mark(self) -> EndMark | None:
        """How the board marks the end of a cell; None where it has not been asked since it restarted."""
        return EndMark(self._mark) if self._mark and not self._is_identifying else None

    def _ready(self, *, asks: bool = True) -> Attachment:
        """The board, waiting for code.

        Args:
            asks: ask it who it is where that may have changed; not in front of a reset.
        """
        attachment = self._attached()
        mark = self._mark
        if not attachment.connection.is_ready:
            timeout = STUCK_TIMEOUT if self._is_stuck else CONNECT_TIMEOUT
            attachment.enter(interrupt=True, timeout=timeout, known=self.info is not None)
            self._is_stuck = False
        elif mark:
            return attachment
        if (
            self._is_identifying or not asks
        ):  # threads that print 0x04 could have the asking begin anew for ever
            return attachment
        self._ask_who()
        if self._mark != mark and mark:
            self.on_restart()
        return attachment

    def _run(self, code: str, sink: Callable[[bytes], None], options: RunOptions) -> Outcome:
        with self._turn:
            attachment = self._ready()
            try:
                return attachment.sender.run(code, sink, options, self.end_mark)
            except DeviceStuckError as error:
                self._is_stuck = True
                raise no_stop(error, is_volatile=attachment.is_volatile) from None
            except DeviceResetError:
                self._mark = ""
                self.on_break()
                raise
            except ConnectionLostError:
                self.on_break()
                raise

    @contextmanager
    def _coming_back(self) -> Iterator[None]:
        """Connects again when the link drops while the board is reset: that is no accident to report."""
        self._is_resetting = True
        try:
            yield
        except ConnectionLostError:
            self.reopen(timeout=RETURN_TIMEOUT)
        finally:
            self._is_resetting = False

    def _ask_who(self) -> DeviceInfo:
        self._is_identifying = True
        try:
            met = identify(lambda code: self.exec(code, timeout=EVAL_TIMEOUT), self._attached().adapt)
        finally:
            self._is_identifying = False
        if self._mark not in ("", met.mark):
            self.on_break()
        self.info, self._mark = met.info, met.mark
        return met.info

    def _attached(self) -> Attachment:
        if self._attachment is None or self._attachment.is_closed:
            raise NotConnectedError
        return self._attachment

    # Below

    def _open(self, *, interrupt: bool, timeout: float) -> DeviceInfo:
        attachment = self._attachment = Attachment(
            self.url,
            self._password,
            on_stray=BoardText(self._stray).feed,
            on_lost=self._lost,
            on_frame=self._framed,
        )
        attachment.open(timeout)
        self.serial_number = attachment.serial_number or self.serial_number
        attachment.enter(interrupt=interrupt, timeout=timeout, known=self.info is not None)
        info = self._ask_who()
        if info.uid:
            attachment.claim_chip(info.uid)
        return info

    def _open_where_it_is(self) -> None:
        self.url = current_url(self.url, self.serial_number)
        try:
            self._open(interrupt=True, timeout=CONNECT_TIMEOUT)
        except BaseException:
            self.close()
            raise

    # These look up the callbacks when something happens: they may be set while the link is open.

    def _stray(self, text: str) -> None:
        self.on_stray(text)

    def _framed(self, frame: Frame | Damaged) -> None:
        self.on_frame(frame)

    def _lost(self, error: ConnectionLostError) -> None:
        self.on_break()
        if not self._is_resetting:
            self.on_lost(error)


def drop(_: object) -> None:
    """A sink for what nobody wants."""


def nothing() -> None:
    """A callback where nobody wants to know."""
