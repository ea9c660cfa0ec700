"""One board: what can be asked of it. Blocking, safe to call from any thread; prints and configures nothing.

Being connected to it is the contact's matter; this module knows what to say to a board.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from iot_kernel.device.board_connection import EVAL_TIMEOUT, LONGEST_OUTPUT, Contact, TextSink, drop, nothing
from iot_kernel.device.info import DeviceInfo
from iot_kernel.device.last_expression import FUNCTION, ValueScanner, mark_end
from iot_kernel.device.output_text import BoardText, Collected, without_reset_words
from iot_kernel.device.traceback import device_error, without_own_frames
from iot_kernel.errors import ConnectError, DeviceError, EndLostError, IoTKernelError
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.protocol.end_mark import value_mark
from iot_kernel.repl.connection import BOOT_LIMIT, BOOT_QUIET
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.snippets import OWN, executing
from iot_kernel.text import literal
from iot_kernel.ucore import check_imports, is_mentioned, provide

__all__ = ["Device", "DeviceInfo"]

#: Code that may read its standard input: nothing must be sent to the board while it runs. Modules that it
#: imports may read, too; they may find a Ctrl-A there after long silence.
_READS_INPUT = re.compile(r"\b(?:stdin|input|readline|getch|aiorepl)\b")

#: Code that may restart the board, so that what looks like a restart is one.
_MAY_RESET = re.compile(r"\b(?:\w*reset|bootloader|deepsleep)\b")

BUSY = "the board is still busy: it may be cleaning up. Press stop once more to interrupt that as well"

#: Whatever the user has called print or repr. The expression finds no name of ours.
_TELL = (
    f"__iot_value__=[{{}}]\n{executing(f'{OWN}.print({OWN}.repr(__iot_value__.pop()))')}del __iot_value__\n"
)


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

    def run_cell(
        self,
        code: str,
        on_output: TextSink,
        *,
        on_begin: Callable[[], None] = nothing,
        on_survived: Callable[[], None] = nothing,
    ) -> str | None:
        """Runs a cell's code on the board. Code that mentions ``ucore`` can import it.

        One `interrupt` is one KeyboardInterrupt, and what the code makes of it counts. Where it goes on for
        long `on_note` is told; after a second one the board gets some seconds to end.

        Args:
            code: the source text.
            on_output: takes what it prints, as it comes; called on the reader thread.
            on_begin: called when an `interrupt` reaches the code from now on; must not block.
            on_survived: called where the code was interrupted, dealt with that, and ended well.

        Returns:
            The repr of the last expression; None where there is none or its value is None.

        Raises:
            Exception: as `exec` does.
        """
        if is_mentioned(code):
            check_imports(code)
            self._provide_ucore()
        with self._turn:
            self._ready()
            marked = mark_end(code)
            options = RunOptions(
                is_marked=marked is not None,
                reads_input=_READS_INPUT.search(code) is not None,
                may_reset=_MAY_RESET.search(code) is not None,
                repeats_interrupt=False,
                on_begin=on_begin,
                on_busy=lambda: self.on_note(BUSY),
            )
            if marked is None:
                return self._run_marked(code, on_output, options, on_survived)
            try:
                return self._run_marked(marked.code, on_output, options, on_survived)
            except DeviceError as error:
                if not self._is_mark_missing(error):
                    raise
            self._ask_who()
            return self._run_marked(marked.ending, on_output, options, on_survived)

    # Resets

    def soft_reset(self, on_output: TextSink | None = None) -> None:
        """Restarts the board's interpreter: variables are gone, files stay. Connects again if the link drops.

        Args:
            on_output: takes what boot.py prints.

        Raises:
            DeviceTimeoutError: the board did not come back.
            ConnectError: the board did not come back on the network.
        """
        printed = Collected(LONGEST_OUTPUT, nothing)
        boot = BoardText(printed.take)
        with self._turn, self._coming_back():
            self._ready(asks=False).connection.soft_reset(boot.feed)
            boot.finish()
            self._ask_who()
        implementation = self.info.implementation if self.info is not None else ""
        if text := without_reset_words(printed.text, implementation):
            (on_output or drop)(text)

    def hard_reset(
        self, on_output: TextSink | None = None, *, quiet: float = BOOT_QUIET, limit: float = BOOT_LIMIT
    ) -> None:
        """Resets the chip, and connects again.

        Args:
            on_output: takes what the board prints while it boots, as it comes.
            quiet: seconds of silence after which it counts as booted; its program is interrupted then.
            limit: seconds after which it counts as booted although it goes on printing.

        Raises:
            DeviceError: the firmware has no reset function.
            ConnectError: the board did not come back.
        """
        boot = BoardText(on_output or drop)
        with self._turn, self._coming_back():
            if self._attached().is_volatile and not self._answers():
                self.reopen()  # switched off and on
                return
            outcome = self._ready(asks=False).sender.hard_reset(boot.feed, quiet=quiet, limit=limit)
            boot.finish()
            if outcome is not None:
                raise device_error(outcome.traceback)
            self._ready(asks=False)
            self._ask_who()

    # Below

    def _run_marked(
        self, code: str, on_output: TextSink, options: RunOptions, on_survived: Callable[[], None]
    ) -> str | None:
        scanner = ValueScanner(value_mark(self._mark))
        text = BoardText(on_output)
        try:
            outcome = self._run(code, lambda data: text.feed(scanner.feed(data)), options)
        except IoTKernelError:
            text.feed(scanner.finish(has_raised=True)[0])
            text.finish()
            raise
        rest, value = scanner.finish(has_raised=bool(outcome.traceback) or outcome.is_lost)
        text.feed(rest)
        text.finish()
        if outcome.traceback:
            raise device_error(without_own_frames(outcome.traceback))
        if outcome.is_lost:
            raise EndLostError(self.url)
        if outcome.was_interrupted:
            on_survived()
        return value

    def _is_mark_missing(self, error: DeviceError) -> bool:
        """Whether a cell failed only because its code, or one before, has removed what ends cells."""
        if error.ename != "NameError":
            return False
        if "'" not in error.evalue:  # some firmware does not say which name
            self._mark = ""  # so it is asked before the next cell
        return f"'{FUNCTION}'" in error.evalue

    def _provide_ucore(self) -> None:
        with self._turn:
            self._ready()
            if self._has_ucore != self._mark:
                note = provide(lambda code: self.exec(code, timeout=EVAL_TIMEOUT), self.platform)
                self._has_ucore = self._mark
                if note:
                    self.on_note(note)

    def _answers(self) -> bool:
        try:
            self._ready(asks=False)
        except ConnectError:
            return False
        return True
