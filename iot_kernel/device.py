"""One board: what can be asked of it. Blocking, safe to call from any thread; prints and configures nothing.

Being connected to it is the contact's matter; this module knows what to say to a board.
"""

from __future__ import annotations

import secrets

from iot_kernel.board_text import BoardText, without_reset_words
from iot_kernel.contact import EVAL_TIMEOUT, Contact, TextSink, drop
from iot_kernel.errors import ConnectError
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.identity import DeviceInfo, literal
from iot_kernel.tracebacks import device_error
from iot_kernel.ucore import check_imports, is_mentioned, provide
from iot_kernel.value import ValueScanner, ask_for_value

__all__ = ["Device", "DeviceInfo"]

#: Shown after a cell whose output cannot be told from the raw REPL's end mark.
DESYNCHRONISED = (
    "\n[the output contained byte 0x04, which the raw REPL uses as its end mark; the end of the output was "
    "found again by asking the board, but text around it may be out of place]\n"
)

# Whatever the user has called print or repr.
_TELL = "(lambda own,value:own.print(own.repr(value)))(__import__('builtins'),{})"


class Device(Contact):
    """One board, by its url. The constructor touches nothing.

    Args:
        url: where it is, e.g. ``serial:///dev/ttyACM0``.
        password: for WebREPL.
    """

    def __init__(self, url: str, *, password: str | None = None) -> None:
        super().__init__(url, password=password)
        #: takes what the user should know of the board, one line; called while a cell waits
        self.on_note: TextSink = drop
        #: what is stored on it
        self.files = RemoteFiles(self)
        self._has_ucore = ""  # the mark of the run in which it got the module of pipes

    # Code

    def exec_when_idle(self, code: str, *, timeout: float = EVAL_TIMEOUT) -> None:
        """Runs code that prints nothing, as soon as the board waits for code; interrupts none.

        What the board's threads print meanwhile is stray output. Does nothing where the board would have to
        be brought to its prompt first: the next cell does that.

        Raises:
            Exception: as `exec` does.
        """
        with self._turn:
            if self._attachment is not None and self._attachment.connection.is_ready:
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
            check_imports(code)
            self._provide_ucore()
        nonce = secrets.token_hex(3)
        scanner = ValueScanner(nonce)
        text = BoardText(on_output)
        outcome = self._run(ask_for_value(code, nonce), lambda data: text.feed(scanner.feed(data)), None)
        text.feed(scanner.finish())
        text.finish()
        if outcome.desynchronised:
            on_output(DESYNCHRONISED)
        if outcome.traceback:
            raise device_error(outcome.traceback)
        return scanner.value

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
            self._ready(asks=False).connection.soft_reset(boot.feed)
            boot.finish()
            self._ask_who()
        implementation = self.info.implementation if self.info is not None else ""
        if text := without_reset_words("".join(printed), implementation):
            (on_output or drop)(text)

    def hard_reset(self, on_output: TextSink | None = None, *, quiet: float = 2.5) -> None:
        """Resets the chip, and connects again.

        Args:
            on_output: takes what the board prints while it boots, as it comes.
            quiet: seconds of silence after which it counts as booted; its program is interrupted then.

        Raises:
            DeviceError: the firmware has no reset function.
            ConnectError: the board did not come back.
        """
        boot = BoardText(on_output or drop)
        with self._turn, self._coming_back():
            if self._attached().is_volatile and not self._answers():
                self.reopen()  # switched off and on
                return
            outcome = self._ready(asks=False).delivery.hard_reset(boot.feed, quiet=quiet)
            boot.finish()
            if outcome is not None:
                raise device_error(outcome.traceback)
            self._ready(asks=False)
            self._ask_who()

    # Below

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
