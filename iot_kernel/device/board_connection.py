"""The connection to one board: opening it, who the board is, its prompt, running code, opening it again.

What code is good for is `iot_kernel.device.device`'s matter; the raw REPL is `iot_kernel.repl`'s.

What happens when a board is unplugged:

1. `Transport.read` raises ConnectionLostError on the reader thread. `Reader` hands it to `LinkState.lose`,
   which keeps it and wakes whoever waits. Where a write fails first, `Driver` keeps that error instead.
2. While code runs, the thread that waits for its end raises the error in `BoardConnection.run`, which calls
   `on_break`; the error becomes that of the cell. While no code runs, `LinkState.lose` calls
   `BoardConnection._lost` on the reader thread, which calls `on_break` and then `on_lost`. With `on_break`
   `iot_kernel.boards.session` ends the pipes of the board, with `on_lost` it writes a line into the notebook.
   While the board is being reset `on_lost` is not called: `coming_back` connects again at once.
3. The reader thread ends. The lost link and its claims are kept, so that no other kernel takes the board.
4. The next cell asks `Session.device` for the board, which calls `reopen`: the lost link is closed, and its
   claims with it, the port is looked for by its present name, connecting is tried for `CONNECT_TIMEOUT`.
   `identify` finds out by the uid whether it is the same board, and by the mark whether its variables are
   still there; where they are not, `on_break` is called again. The session says so in the notebook.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import lru_cache

from iot_kernel.device.board_lock import Claim, claim
from iot_kernel.device.callbacks import BoardCallbacks, TextSink
from iot_kernel.device.diagnosis import another_board, no_prompt, no_stop
from iot_kernel.device.identify import identify
from iot_kernel.device.info import DeviceInfo
from iot_kernel.device.late_answer import LateAnswer
from iot_kernel.device.output_text import LONGEST_OUTPUT, BoardText, Collected
from iot_kernel.device.traceback import device_error
from iot_kernel.device.turn_lock import TurnLock
from iot_kernel.errors import (
    ConnectError,
    ConnectionLostError,
    ConnectReason,
    DeviceResetError,
    DeviceStuckError,
    DeviceTimeoutError,
    EndLostError,
    NotConnectedError,
    RemoteProtocolError,
)
from iot_kernel.protocol.end_mark import EndMark
from iot_kernel.repl.code_sender import CodeSender
from iot_kernel.repl.connection import Connection, Outcome
from iot_kernel.repl.execution_timeouts import USUAL, RunOptions
from iot_kernel.repl.halves import Halves, whole
from iot_kernel.repl.turn_state import Sink
from iot_kernel.transports import create_transport, current_url
from iot_kernel.transports.base import Transport

#: s; a board that boots needs three, one on a slow network link some more.
CONNECT_TIMEOUT = 10.0

#: s; a board that has just swallowed Ctrl-C mostly goes on doing so, so the second wait is short.
STUCK_TIMEOUT = 2.0

#: s; after a reset a board on the network has to join it again before its WebREPL listens.
RETURN_TIMEOUT = 30.0

#: s between attempts to reach a board that is away for a while because it restarts.
RETRY_PAUSE = 0.25

#: s; an idle board answers at once, one on a slow network link in a tenth of this.
ASK_PROMPT_TIMEOUT = 1.0

#: What stays as it is, however often one tries.
LASTING = frozenset({ConnectReason.AUTH, ConnectReason.HELD, ConnectReason.OWN, ConnectReason.UNSUPPORTED})

#: s; the longest any snippet of ours runs on the slowest board.
EVAL_TIMEOUT = 10.0


#: The patterns of a board's mark; a bench has tens of boards.
_end_mark = lru_cache(maxsize=128)(EndMark)


@dataclass(slots=True)
class Link:
    """What there is anew each time a board is connected; it is not used again once it is closed or lost."""

    transport: Transport
    connection: Connection
    sender: CodeSender
    claims: list[Claim] = field(default_factory=list)
    is_closed: bool = False


class BoardConnection:
    """Connected to one board or not, and to the same one when it is connected again.

    The constructor touches nothing. Blocking, safe to call from any thread.

    Args:
        url: where the board is, e.g. ``serial:///dev/ttyACM0``.
        password: for WebREPL.
        callbacks: what is called when something happens that nobody has asked for.

    Attributes:
        url: where the board is by now.
        info: who it is; known after the first `open`, survives `close`.
        serial_number: the USB serial number, where there is one; known after the first `open`.
        mark: stands among the board's variables, so that a restart shows; empty since one that has shown.
        turn_lock: held while code runs; who holds it can do several things with nothing in between.
    """

    def __init__(self, url: str, password: str | None, callbacks: BoardCallbacks) -> None:
        self.url = url
        self.info: DeviceInfo | None = None
        self.serial_number: str | None = None
        self.mark = ""
        self.turn_lock = TurnLock()
        self._password = password
        self._callbacks = callbacks
        self._late_answer = LateAnswer(callbacks.take_stray)
        self._link: Link | None = None
        self._is_resetting = False
        self._is_stuck = False  # it did not let itself be interrupted
        self._is_restart_untold = False  # it restarted while it was asked something of ours

    # Connecting

    def open(self, *, interrupt: bool = True, timeout: float = CONNECT_TIMEOUT) -> DeviceInfo:
        """Connects; see `Device.open`."""
        with self.turn_lock:
            if self.is_open and self.info is not None:
                return self.info
            self.close()
            info = self._open(interrupt=interrupt, timeout=timeout)
            if info is None:
                raise NotConnectedError
            return info

    def close(self) -> None:
        """Lets the board go; afterwards nothing is claimed. Twice is fine, from any thread is fine."""
        if (link := self._link) is not None:
            link.is_closed = True
            link.connection.close()
            for each in link.claims:
                each.release()

    @property
    def is_open(self) -> bool:
        """Whether there is a link to the board."""
        return self._link is not None and not self._link.connection.is_lost

    def reopen(self, *, timeout: float = CONNECT_TIMEOUT) -> bool:
        """Connects again after the link broke; see `Device.reopen`."""
        with self.turn_lock:
            before, mark = self.info, self.mark
            self.close()
            self._try_to_open(time.monotonic() + timeout)
            if before is not None and self.info is not None and self.info.uid != before.uid:
                self.close()
                raise another_board(self.url, before, self.info)
            return self.mark != mark

    @contextmanager
    def coming_back(self) -> Iterator[None]:
        """Connects again when the link drops while the board is reset: that is no accident to report."""
        self._is_resetting = True
        try:
            yield
        except ConnectionLostError:
            self.reopen(timeout=RETURN_TIMEOUT)
        finally:
            self._is_resetting = False

    def restart(self, sink: Sink, seconds: float) -> Outcome | None:
        """Resets the chip and listens; see `Device.restart`. An outcome says why nothing was reset."""
        self._is_resetting = True
        end = time.monotonic() + seconds
        link = self.ready(asks=False)
        self._callbacks.on_break()
        self.mark = ""  # so that no cell tells of a restart that was asked for
        try:
            return link.sender.hard_reset(sink, quiet=seconds, limit=seconds)
        except ConnectionLostError:
            self._listen_again(sink, end)
            return None
        finally:
            self._is_resetting = False

    def _listen_again(self, sink: Sink, end: float) -> None:
        """Connects again without a word to the board, as often as its port goes away until then."""
        while True:
            self.close()
            self._try_to_open(time.monotonic() + RETURN_TIMEOUT, listens=True)
            try:
                self.link.connection.listen(sink, max(0.0, end - time.monotonic()))
            except ConnectionLostError:
                if time.monotonic() > end:
                    raise
            else:
                return

    def is_waiting(self, sink: Sink) -> bool:
        """Whether the board waits for code by itself; see `Device.is_waiting`."""
        try:
            self.link.connection.enter(interrupt=False, timeout=ASK_PROMPT_TIMEOUT, on_text=sink)
        except DeviceTimeoutError:
            return False
        return True

    def _open(self, *, interrupt: bool, timeout: float, listens: bool = False) -> DeviceInfo | None:
        try:
            transport = create_transport(self.url, password=self._password)
            stray, on_frame = BoardText(self._late_answer.take), self._callbacks.take_frame
            connection = Connection(transport, on_stray=stray.feed, on_lost=self._lost, on_frame=on_frame)
            link = self._link = Link(transport, connection, CodeSender(connection))
            link.claims.append(claim(self.url, url=self.url))
            connection.open(timeout)
            self.serial_number = transport.serial_number or self.serial_number
            info = self.info
            if not listens:
                self._enter(link, interrupt=interrupt, timeout=timeout)
                info = self.identify()
            if info is not None and info.uid:
                link.claims.append(claim(f"uid:{info.uid}", url=self.url, uid=info.uid))
            if link.is_closed:  # meanwhile, perhaps before it had the last claim
                self.close()
        except BaseException:
            self.close()
            raise
        return info

    def _try_to_open(self, deadline: float, *, listens: bool = False) -> None:
        while True:
            try:
                self.url = current_url(self.url, self.serial_number)
                self._open(interrupt=True, timeout=CONNECT_TIMEOUT, listens=listens)
            except (ConnectError, ConnectionLostError) as error:
                is_lasting = isinstance(error, ConnectError) and error.reason in LASTING
                if is_lasting or time.monotonic() > deadline:
                    raise
                time.sleep(RETRY_PAUSE)  # a board that comes back tells nobody
            else:
                return

    def _enter(self, link: Link, *, interrupt: bool, timeout: float) -> None:
        try:
            link.connection.enter(interrupt=interrupt, timeout=timeout)
            self._late_answer.forget()
        except DeviceTimeoutError as error:
            is_known = self.info is not None
            raise no_prompt(self.url, error.received, interrupted=interrupt, known=is_known) from None

    # Running code

    @property
    def link(self) -> Link:
        """The link to the board, which may be lost.

        Raises:
            NotConnectedError: it is not open.
        """
        if self._link is None or self._link.is_closed:
            raise NotConnectedError
        return self._link

    @property
    def is_ready(self) -> bool:
        """Whether the board waits for code."""
        return self._link is not None and self._link.connection.is_ready

    def ready(self, *, asks: bool = True) -> Link:
        """Brings the board to where it waits for code; call it with `turn_lock` held.

        Args:
            asks: ask it who it is where that may have changed; not in front of a reset.
        """
        link, mark = self.link, self.mark
        if not link.connection.is_ready:
            self._enter(link, interrupt=True, timeout=STUCK_TIMEOUT if self._is_stuck else CONNECT_TIMEOUT)
            self._is_stuck = False
        elif mark:
            return link
        if asks:
            self.identify()
            if (self.mark != mark and mark) or self._is_restart_untold:
                self._is_restart_untold = False
                self._callbacks.on_restart()
        return link

    def run(self, code: str, sink: Sink, options: RunOptions = USUAL, *, asks: bool = True) -> Outcome:
        """Runs code, and waits for its end; raises what `Device.exec` does, but no DeviceError.

        Args:
            code: the source text.
            sink: takes what it prints; called on the thread that reads.
            options: how it is treated while it runs.
            asks: as for `ready`.
        """
        with self.turn_lock:
            return whole(self.execution(code, sink, options, asks=asks))

    def execution(
        self, code: str, sink: Sink, options: RunOptions = USUAL, *, asks: bool = True
    ) -> Halves[Outcome]:
        """Sends code in the first half, and waits for its end; `turn_lock` is held. See `run`."""
        link = self.ready(asks=asks)
        mark = _end_mark(self.mark) if self.mark and asks else None
        try:
            return (yield from link.sender.execution(code, sink, options, mark))
        except DeviceStuckError as error:
            self._is_stuck = True
            raise no_stop(error, is_volatile=link.transport.volatile) from None
        except DeviceResetError:
            self.mark = ""
            self._callbacks.on_break()
            raise
        except ConnectionLostError:
            self._callbacks.on_break()
            raise

    def exec(
        self, code: str, on_output: TextSink | None = None, options: RunOptions = USUAL, *, asks: bool = True
    ) -> str:
        """Runs code, and returns what it printed; see `Device.exec`."""
        collected = Collected(LONGEST_OUTPUT, self.interrupt)
        text = BoardText(on_output or collected.take)
        outcome = self.run(code, text.feed, options, asks=asks)
        text.finish()
        output = collected.text
        if collected.is_full:
            raise RemoteProtocolError("waiting for the end of an answer", output.encode(errors="replace"))
        if outcome.traceback:
            raise device_error(outcome.traceback, output)
        if outcome.is_lost and options.transfer is None:  # a transfer knows by itself what it has got
            raise EndLostError(self.url)
        return output

    def answer(self, code: str, timeout: float) -> str:
        """Runs code of ours that nobody waits for; of a restart meanwhile the next code tells. See `exec`.

        An answer after that time is nobody's.
        """
        try:
            return self.exec(code, None, RunOptions(timeout))
        except DeviceTimeoutError:
            self._late_answer.expect()
            raise
        except DeviceResetError:
            self._is_restart_untold = True
            raise

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        if (link := self._link) is not None:
            link.connection.interrupt()

    def type(self, data: bytes) -> None:
        """Sends input of the user's to the code that runs; lost where none does. From any thread."""
        if (link := self._link) is not None:
            link.connection.type(data)

    def mark_unsynced(self) -> None:
        """Input that no code has read may stand at the board's prompt."""
        self.link.connection.mark_unsynced()

    def note_request(self) -> None:
        """The running code asks for input: nothing else must be sent. Called on the thread that reads."""
        self.link.connection.note_request()

    def identify(self) -> DeviceInfo:
        """Asks the board who it is, and leaves a mark among its variables; call it with `turn_lock` held.

        Where that fails, the board may have another mark by then: it is asked again before the next code.
        """
        link, options = self.link, RunOptions(EVAL_TIMEOUT)
        # threads that print 0x04 could have the asking begin anew for ever, so nothing is asked in between
        try:
            found = identify(
                lambda code: self.exec(code, options=options, asks=False),
                lambda platform: link.sender.adapt(platform, link.transport.burst),
            )
        except BaseException:
            link.connection.mark_unsynced()
            raise
        if self.mark not in ("", found.mark):
            self._callbacks.on_break()
        self.info = replace(found.info, talks_in_messages=link.connection.talks_in_messages)
        self.mark = found.mark
        return self.info

    def _lost(self, error: ConnectionLostError) -> None:
        """The link broke while no code ran; called on the thread that reads."""
        self._callbacks.on_break()
        if not self._is_resetting:
            self._callbacks.on_lost(error)
