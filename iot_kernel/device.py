"""One board: what can be asked of it. Blocking, safe to call from any thread; prints and configures nothing.

Waiting, reading and the raw REPL itself are the connection's; this module knows what to say to a board.
"""

from __future__ import annotations

import re
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from iot_kernel.board_text import BoardText, whole_text
from iot_kernel.claims import Claim, claim
from iot_kernel.connection import Connection, Outcome
from iot_kernel.delivery import Delivery
from iot_kernel.errors import (
    ConnectError,
    ConnectionLostError,
    DeviceError,
    DeviceResetError,
    DeviceTimeoutError,
    NotConnectedError,
)
from iot_kernel.exchange import Exchange
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.identity import DeviceInfo, literal
from iot_kernel.link import FrameSink, Link, drop_frame
from iot_kernel.protocol.jmp import Damaged, Frame
from iot_kernel.questions import meet
from iot_kernel.retrying import keep_trying
from iot_kernel.strangers import another_board, no_prompt
from iot_kernel.tracebacks import parse_exception
from iot_kernel.transports import create_transport, current_url
from iot_kernel.ucore import is_mentioned, provide
from iot_kernel.value import ValueScanner, ask_for_value

__all__ = ["Device", "DeviceInfo"]

#: s; a board that boots needs three, one on a slow network link some more.
CONNECT_TIMEOUT = 10.0

#: s; after a reset a board on the network has to join it again before its WebREPL listens.
RETURN_TIMEOUT = 30.0

#: s; the longest any snippet of ours runs on the slowest board.
EVAL_TIMEOUT = 10.0

#: Shown after a cell whose output cannot be told from the raw REPL's end mark.
DESYNCHRONISED = (
    "\n[the output contained byte 0x04, which the raw REPL uses as its end mark; the end of the output was "
    "found again by asking the board, but text around it may be out of place]\n"
)

# What the firmware itself says of a soft reset. CircuitPython says it on one line, in its user's language;
# some releases say nothing.
_RESET_WORDS = re.compile(r"\A\s*OK\s*\n|^(?:MPY: )?soft reboot\s*\n", re.MULTILINE)
_TRANSLATED_RESET_WORDS = re.compile(r"\A\s*OK\s*\n(?:.*\n\s*)?")

# Whatever the user has called print or repr.
_TELL = "(lambda own,value:own.print(own.repr(value)))(__import__('builtins'),{})"

TextSink = Callable[[str], None]


class Device:
    """One board, by its url. The constructor touches nothing.

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
        self.on_stray: TextSink = _drop
        #: the board has restarted since the last cell: its variables are gone; called before the next one
        self.on_restart: Callable[[], None] = _nothing
        #: takes what the user should know of the board, one line; called while a cell waits
        self.on_note: TextSink = _drop
        #: the link broke while no code ran; called on the reader thread
        self.on_lost: Callable[[ConnectionLostError], None] = _drop
        #: what ran in the background is gone or out of reach: a reset, a lost link; called from any thread
        self.on_break: Callable[[], None] = _nothing
        #: takes frames of pipes, and damaged ones; called on the reader thread, must not block
        self.on_frame: FrameSink = drop_frame
        #: what is stored on it
        self.files = RemoteFiles(self)
        self._turn = threading.RLock()
        self._is_resetting = False
        self._is_meeting = False
        self._is_volatile = False
        self._is_paced = True
        self._connection: Connection | None = None
        self._claims: list[Claim] = []
        self._mark = ""
        self._has_ucore = ""  # the mark of the run in which it got the module of pipes
        self._delivery: Delivery | None = None

    # Life

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
        connection, self._connection, self._delivery = self._connection, None, None
        if connection is not None:
            connection.close()
        claims, self._claims = self._claims, []
        for taken in claims:
            taken.release()

    @property
    def is_open(self) -> bool:
        """Whether there is a link to the board."""
        return self._connection is not None and not self._connection.is_lost

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
            keep_trying(self._open_where_it_is, timeout=timeout)
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
        return self._delivered().burst

    @property
    def is_paced(self) -> bool:
        """Whether a program that waits for input gets all that is sent, however much that is."""
        return self._is_paced

    # Code

    def exec(
        self,
        code: str,
        *,
        on_output: TextSink | None = None,
        timeout: float | None = None,
        exchange: Exchange | None = None,
    ) -> str:
        """Runs code on the board.

        Args:
            code: the source text.
            on_output: takes what it prints, as it comes; called on the reader thread.
            timeout: seconds; None for as long as it takes.
            exchange: talks with the code while it runs.

        Returns:
            All that it printed, with LF line ends; empty when ``on_output`` took it.

        Raises:
            DeviceError: the code raised; ``KeyboardInterrupt`` after `interrupt`.
            DeviceMemoryError: the code does not fit into the board's memory.
            DeviceResetError: the board restarted meanwhile.
            DeviceTimeoutError: the time is over.
            ConnectionLostError: the link broke.
            NotConnectedError: the device is not open.
        """
        collected: list[str] = []
        text = BoardText(on_output or collected.append)
        outcome = self._run(code, text.feed, timeout, exchange)
        text.finish()
        _raise_for(outcome, "".join(collected))
        return "".join(collected)

    def exec_when_idle(self, code: str, *, timeout: float = EVAL_TIMEOUT) -> None:
        """Runs code that prints nothing, as soon as the board waits for code; interrupts none.

        What the board's threads print meanwhile is stray output. Does nothing where the board would have to
        be brought to its prompt first: the next cell does that.

        Raises:
            Exception: as `exec` does.
        """
        with self._turn:
            if self._connection is not None and self._connection.is_ready:
                self.exec(code, on_output=self._stray, timeout=timeout)

    def eval(self, expression: str, *, timeout: float | None = EVAL_TIMEOUT) -> object:
        """Evaluates an expression on the board.

        Returns:
            Its value, which must be a Python literal: nothing from a board is ever evaluated on the host.

        Raises:
            RemoteProtocolError: the value is no literal.
            Exception: as `exec` does.
        """
        return literal(self.exec(_TELL.format(expression), timeout=timeout))

    def run_cell(self, code: str, on_output: TextSink) -> str | None:
        """Runs a cell's code on the board. Code that mentions ``ucore`` can import it.

        Args:
            code: the source text.
            on_output: takes what it prints, as it comes; called on the reader thread.

        Returns:
            The repr of the last expression; None where there is none or its value is None.

        Raises:
            Exception: as `exec` does.
        """
        if is_mentioned(code):
            self._provide_ucore()
        nonce = secrets.token_hex(3)
        scanner = ValueScanner(nonce)
        text = BoardText(on_output)
        outcome = self._run(ask_for_value(code, nonce), lambda data: text.feed(scanner.feed(data)), None)
        text.feed(scanner.finish())
        text.finish()
        if outcome.desynchronised:
            on_output(DESYNCHRONISED)
        _raise_for(outcome)
        return scanner.value

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        connection = self._connection
        if connection is not None:
            connection.interrupt()

    # Resets

    def soft_reset(self, on_output: TextSink | None = None) -> None:
        """Restarts the board's interpreter: variables are gone, files stay. Connects again if the link drops.

        Args:
            on_output: takes what boot.py prints.

        Raises:
            DeviceTimeoutError: the board did not come back.
            ConnectError: the board did not come back on the network.
        """
        printed: list[str] = []
        boot = BoardText(printed.append)
        with self._turn, self._coming_back():
            self._ready(asks=False).soft_reset(boot.feed)
            boot.finish()
            self._ask_who()
        if text := _boot_output("".join(printed), self.info):
            (on_output or _drop)(text)

    def hard_reset(self, on_output: TextSink | None = None, *, quiet: float = 2.5) -> None:
        """Resets the chip, and connects again.

        Args:
            on_output: takes what the board prints while it boots, as it comes.
            quiet: seconds of silence after which it counts as booted; its program is interrupted then.

        Raises:
            DeviceError: the firmware has no reset function.
            ConnectError: the board did not come back.
        """
        boot = BoardText(on_output or _drop)
        with self._turn, self._coming_back():
            if self._is_volatile and not self._answers():
                self.reopen()  # switched off and on
                return
            self._ready(asks=False)
            outcome = self._delivered().hard_reset(boot.feed, quiet=quiet)
            boot.finish()
            if outcome is not None:
                _raise_for(outcome)
            self._enter(self._connected(), interrupt=True, timeout=CONNECT_TIMEOUT)
            self._ask_who()

    # Below

    def _stray(self, text: str) -> None:
        self.on_stray(text)

    def _framed(self, frame: Frame | Damaged) -> None:
        self.on_frame(frame)

    def _lost(self, error: ConnectionLostError) -> None:
        self.on_break()
        if not self._is_resetting:
            self.on_lost(error)

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

    def _open(self, *, interrupt: bool, timeout: float) -> DeviceInfo:
        transport = create_transport(self.url, password=self._password)
        self._claims.append(claim(self.url, url=self.url))
        link = Link(
            transport, on_stray=BoardText(self._stray).feed, on_lost=self._lost, on_frame=self._framed
        )
        connection = self._connection = Connection(link)
        connection.open(timeout)
        self._delivery = Delivery(connection, burst=transport.burst)
        self._is_volatile, self._is_paced = transport.volatile, transport.paced
        self.serial_number = transport.serial_number or self.serial_number
        self._enter(connection, interrupt=interrupt, timeout=timeout)
        info = self._ask_who()
        if info.uid:
            self._claims.append(claim(f"uid:{info.uid}", url=self.url, uid=info.uid))
        return info

    def _open_where_it_is(self) -> None:
        self.url = current_url(self.url, self.serial_number)
        try:
            self._open(interrupt=True, timeout=CONNECT_TIMEOUT)
        except BaseException:
            self.close()
            raise

    def _enter(self, connection: Connection, *, interrupt: bool, timeout: float) -> None:
        try:
            connection.enter(interrupt=interrupt, timeout=timeout)
        except DeviceTimeoutError as error:
            raise no_prompt(
                self.url, error.received, interrupted=interrupt, known=self.info is not None
            ) from None

    def _ask_who(self) -> DeviceInfo:
        self._is_meeting = True
        try:
            met = meet(lambda code: self.exec(code, timeout=EVAL_TIMEOUT), self._delivered().adapt)
        finally:
            self._is_meeting = False
        if self._mark not in ("", met.mark):
            self.on_break()
        self.info, self._mark = met.info, met.mark
        return met.info

    def _connected(self) -> Connection:
        if self._connection is None:
            raise NotConnectedError
        return self._connection

    def _ready(self, *, asks: bool = True) -> Connection:
        """The connection, with the board waiting for code.

        Args:
            asks: ask it who it is where that may have changed; not in front of a reset.
        """
        connection = self._connected()
        if connection.is_ready:
            return connection
        mark = self._mark
        self._enter(connection, interrupt=True, timeout=CONNECT_TIMEOUT)
        if self._is_meeting or not asks:  # threads that print 0x04 could have the asking begin anew for ever
            return connection
        self._ask_who()
        if self._mark != mark:
            self.on_restart()
        return connection

    def _provide_ucore(self) -> None:
        with self._turn:
            self._ready()
            if self._has_ucore != self._mark:
                note = provide(lambda code: self.exec(code, timeout=EVAL_TIMEOUT))
                self._has_ucore = self._mark
                if note:
                    self.on_note(note)

    def _answers(self) -> bool:
        try:
            self._ready(asks=False)
        except ConnectError:
            return False
        return True

    def _run(
        self,
        code: str,
        sink: Callable[[bytes], None],
        timeout: float | None,
        exchange: Exchange | None = None,
    ) -> Outcome:
        with self._turn:
            self._ready()
            try:
                return self._delivered().run(code, sink, timeout, exchange)
            except (ConnectionLostError, DeviceResetError):
                self.on_break()
                raise

    def _delivered(self) -> Delivery:
        if self._delivery is None:
            raise NotConnectedError
        return self._delivery


def _boot_output(printed: str, info: DeviceInfo | None) -> str:
    """What a program printed during a soft reset, without the firmware's own words."""
    is_translated = info is not None and info.implementation == "circuitpython"
    return (_TRANSLATED_RESET_WORDS if is_translated else _RESET_WORDS).sub("", printed)


def _raise_for(outcome: Outcome, output: str = "") -> None:
    if not outcome.traceback:
        return
    text = whole_text(outcome.traceback).strip("\n")
    ename, evalue = parse_exception(text)
    raise DeviceError(ename, evalue, text, output)


def _drop(_: object) -> None:
    pass


def _nothing() -> None:
    pass
