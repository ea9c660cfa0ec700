"""One board: what can be asked of it. Blocking, safe to call from any thread; prints and configures nothing.

`iot_kernel.device.board_connection` keeps the connection; this module knows what to say to a board.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

from iot_kernel.device.board_asyncio import BoardAsyncio
from iot_kernel.device.board_connection import CONNECT_TIMEOUT, EVAL_TIMEOUT, BoardConnection
from iot_kernel.device.board_input import BoardInput
from iot_kernel.device.board_results import BoardResults
from iot_kernel.device.board_ucore import BoardUcore
from iot_kernel.device.callbacks import BoardCallbacks, TextSink
from iot_kernel.device.cells import cell_execution
from iot_kernel.device.info import DeviceInfo
from iot_kernel.device.memory import BoardMemory
from iot_kernel.device.orphaned_stop import let_go
from iot_kernel.device.output_text import LONGEST_OUTPUT, BoardText, Collected, without_reset_words
from iot_kernel.device.traceback import device_error
from iot_kernel.errors import ConnectError
from iot_kernel.files.remote import RemoteFiles
from iot_kernel.repl.connection import BOOT_LIMIT, BOOT_QUIET
from iot_kernel.repl.execution_timeouts import RunOptions
from iot_kernel.repl.halves import Halves, at_once, handed_over, whole
from iot_kernel.repl.transfer import Transfer
from iot_kernel.repl.turn_state import drop
from iot_kernel.snippets import OWN, executing
from iot_kernel.text import literal

__all__ = ["Device", "DeviceInfo"]

#: s that a question may take which nobody needs: whoever types has gone on by then
ANSWER_TIMEOUT = 2.0

_ANSWER = re.compile(r"\x1e[^\x1e\x1f]*\x1f")

BUSY = "the board is still busy: it may be cleaning up. Press stop once more to interrupt that as well"

#: Whatever the user has called print or repr. The expression finds no name of ours.
_PRINT_REPR = (
    f"__iot_value__=[{{}}]\n{executing(f'{OWN}.print({OWN}.repr(__iot_value__.pop()))')}del __iot_value__\n"
)


class Device:
    """One board, by its url: connected or not, and the same one when it is connected again.

    The constructor touches nothing.

    Args:
        url: where it is, e.g. ``serial:///dev/ttyACM0``.
        password: for WebREPL.

    Attributes:
        callbacks: what is called when something happens that nobody has asked for.
        files: what is stored on the board.
        memory: what is free and what is in use.
        runs: how often code ran on it that may have changed what there is.
        cells: how many of these were cells, or parts of them.
    """

    def __init__(self, url: str, *, password: str | None = None) -> None:
        self.callbacks = BoardCallbacks(on_debug=partial(let_go, self))
        self._board = BoardConnection(url, password, self.callbacks)
        self.files = RemoteFiles(self)
        self.memory = BoardMemory(self)
        self.runs = 0
        self.cells = 0
        self._waiting = 0  # cells that wait for their turn: no question comes before them
        self._input = BoardInput(self._board)
        self._asyncio = BoardAsyncio(self._board)
        self._results = BoardResults(self._board)
        self._ucore = BoardUcore(
            self._board, lambda code: self.exec(code, timeout=EVAL_TIMEOUT), self.callbacks.take_note
        )

    # Being connected

    def open(self, *, interrupt: bool = True, timeout: float = CONNECT_TIMEOUT) -> DeviceInfo:
        """Connects, enters the raw REPL and asks the board who it is. The board is not reset.

        Args:
            interrupt: send Ctrl-C to a board that is busy, which ends its program.
            timeout: seconds until its prompt must have answered.

        Raises:
            ConnectError: with the reason and what to do.
            ConnectionLostError: the link broke while connecting.
        """
        return self._board.open(interrupt=interrupt, timeout=timeout)

    def reopen(self, *, timeout: float = CONNECT_TIMEOUT) -> bool:
        """Connects again after the link broke, also where the port has another name by now.

        Args:
            timeout: seconds.

        Returns:
            Whether the board's variables are gone.

        Raises:
            ConnectError: it does not answer, or another board answers in its place.
        """
        return self._board.reopen(timeout=timeout)

    def close(self) -> None:
        """Lets the board go. Twice is fine, from any thread is fine."""
        self._board.close()

    @property
    def is_open(self) -> bool:
        """Whether there is a link to the board."""
        return self._board.is_open

    @property
    def mark(self) -> str:
        """Stands for the board's life: another one after each restart; empty where that is not known."""
        return self._board.mark

    @property
    def url(self) -> str:
        """Where the board is; `reopen` may find it elsewhere."""
        return self._board.url

    @property
    def info(self) -> DeviceInfo | None:
        """Who it is; known after the first `open`, survives `close`."""
        return self._board.info

    @property
    def platform(self) -> str:
        """Its ``sys.platform``; empty while that is not known."""
        return self._board.info.platform if self._board.info is not None else ""

    @property
    def serial_number(self) -> str | None:
        """The USB serial number, where there is one; known after the first `open`."""
        return self._board.serial_number

    @property
    def burst(self) -> int | None:
        """Bytes the board takes without reading them; None where the wire pushes back."""
        return self._board.link.sender.burst

    @property
    def is_paced(self) -> bool:
        """Whether a program that waits for input gets all that is sent, however much that is."""
        return self._board.link.transport.paced

    # Code

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
            on_output: takes what it prints, as it comes; called on the thread that reads.
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
        self.runs += 1
        return self._board.exec(code, on_output, RunOptions(timeout, transfer))

    def run_id(self) -> str:
        """Brings the board to its prompt, and names its present run: another text after each restart.

        Raises:
            Exception: as `exec` does, but no DeviceError.
        """
        with self._board.turn_lock:
            self._board.ready()
            return self._board.mark

    def interrupt(self) -> None:
        """Sends Ctrl-C to the code that runs, or ends the waiting for a silent board. From any thread."""
        self._input.is_asking = False
        self._board.interrupt()

    @property
    def is_asking(self) -> bool:
        """Whether code on the board waits for `answer`: it would take whatever is sent for that."""
        return self._input.is_asking

    def on_stray(self, text: str) -> None:
        """Takes what others print on the board meanwhile."""
        self.callbacks.on_stray(text)

    def exec_when_idle(self, code: str, *, timeout: float = EVAL_TIMEOUT) -> None:
        """Runs code that prints nothing, as soon as the board waits for code; interrupts none.

        What the board's threads print meanwhile is stray output. Does nothing where the board would have to
        be brought to its prompt first: the next cell does that.

        Raises:
            Exception: as `exec` does.
        """
        with self._board.turn_lock:
            if self._board.is_ready:
                self.exec(code, on_output=self.on_stray, timeout=timeout)

    def exec_soon(self, code: str, *, patience: float, timeout: float) -> bool:
        """Runs code of ours that prints nothing, and brings the board to its prompt for that.

        Args:
            code: the source text.
            patience: seconds to wait for code that runs now.
            timeout: seconds for this code.

        Returns:
            Whether it ran; it did not where the board was busy for so long.

        Raises:
            Exception: as `exec` does.
        """
        if not self._board.turn_lock.acquire(timeout=patience):
            return False
        try:
            self.exec(code, on_output=self.on_stray, timeout=timeout)
        finally:
            self._board.turn_lock.release()
        return True

    def answer_when_idle(self, code: str) -> str | None:
        """Runs code of ours that prints an answer between 0x1E and 0x1F.

        What else comes is stray output.

        Returns:
            The answer, with its marks; empty where none came. None, at once, where the board is busy or would
            have to be brought to its prompt first.

        Raises:
            Exception: as `exec` does.
        """
        if self._waiting or not self._board.turn_lock.acquire(blocking=False):
            return None
        try:
            if not self._board.is_ready:
                return None
            said = self._board.answer(code, ANSWER_TIMEOUT)
        finally:
            self._board.turn_lock.release()
        found = _ANSWER.search(said)
        start, end = found.span() if found is not None else (0, 0)
        if rest := said[:start] + said[end:]:
            self.on_stray(rest)
        return said[start:end]

    def eval(self, expression: str, *, timeout: float | None = EVAL_TIMEOUT) -> object:
        """Evaluates an expression on the board.

        Returns:
            Its value, which must be a Python literal: nothing from a board is ever evaluated on the host.

        Raises:
            RemoteProtocolError: the value is no literal.
            Exception: as `exec` does.
        """
        return literal(self.exec(_PRINT_REPR.format(expression), timeout=timeout))

    def cell_execution(
        self,
        code: str,
        on_output: TextSink,
        *,
        on_begin: Callable[[], None] = lambda: None,
        on_survived: Callable[[], None] = lambda: None,
        on_input: Callable[[str], None] | None = None,
        on_error_text: TextSink | None = None,
        number: int | None = None,
        timeout: float | None = None,
    ) -> Halves[str | None]:
        """Runs a cell's code on the board. Code that mentions ``ucore`` can import it.

        In the first half it is sent, as far as `Connection.execution` says; in the second one its end is
        waited for, perhaps by another thread. Nothing else runs on the board until that has ended.

        What the last expression's value has to show beside its repr comes as frames, before this returns.

        One `interrupt` is one KeyboardInterrupt, and what the code makes of it counts. Where it goes on for
        long `on_note` is told; after a second one the board gets some seconds to end.

        Args:
            code: the source text.
            on_output: takes what it prints, as it comes; called on the thread that reads.
            on_begin: called when an `interrupt` reaches the code from now on; must not block.
            on_survived: called where the code was interrupted, dealt with that, and ended well.
            on_input: takes the prompt where the code asks for input, which then waits for `answer`; called on
                the thread that reads, must not block. None leaves ``input`` as the firmware has it.
            on_error_text: takes what the code itself writes to ``sys.stderr``, on the thread that reads; None
                leaves that among what it prints.
            number: of the cell, by which its value is kept on the board; None where it is not shown.
            timeout: seconds; None for as long as it takes.

        Returns:
            The repr of the last expression; None where there is none or its value is None.

        Raises:
            Exception: as `exec` does.
        """
        self._ucore.provide_for(code)
        self.runs += 1
        self.cells += 1
        self._await_turn()
        try:
            self._board.ready()
            run = partial(
                cell_execution,
                self._board,
                on_output=on_output,
                on_begin=on_begin,
                on_busy=lambda: self.callbacks.on_note(BUSY),
                awaiting=self._asyncio,
                results=self._results,
            )
            code, requests = self._input.expect(code, on_input, on_error_text)
            execution = run(code, requests=requests, number=number, timeout=timeout)
            end = yield from handed_over(self._board.turn_lock, execution)
            if end.outcome.was_interrupted:
                on_survived()
            if end.is_rich:
                _, requests = self._input.expect("", on_input, on_error_text)
                self._ucore.show_value(lambda code: whole(run(code, requests=requests, number=None)))
        finally:
            self._board.turn_lock.release()
        return end.value

    run_cell = at_once(cell_execution)  # both halves

    def _await_turn(self) -> None:
        """Takes `turn_lock` for a cell."""
        self._waiting += 1
        try:
            self._board.turn_lock.acquire()
        finally:
            self._waiting -= 1

    def answer(self, text: str) -> None:
        """Answers code that asked for input, with a line; lost where none waits. From any thread."""
        self._input.answer(text)

    def command(self, line: str) -> None:
        """Sends a line to code that is being debugged; lost where none runs. From any thread."""
        self._board.type(f"{line}\n".encode())

    def mark_unsynced(self) -> None:
        """A command may have come too late, and stand at the prompt: the next code must not follow it."""
        self._board.mark_unsynced()

    def note_request(self) -> None:
        """The running code reads its input: nothing else must be sent. Called on the thread that reads."""
        self._board.note_request()

    # Resets

    def soft_reset(self, on_output: TextSink | None = None) -> None:
        """Restarts the board's interpreter: variables are gone, files stay. Connects again if the link drops.

        Args:
            on_output: takes what boot.py prints.

        Raises:
            DeviceTimeoutError: the board did not come back.
            ConnectError: the board did not come back on the network.
        """
        printed = Collected(LONGEST_OUTPUT, lambda: None)
        boot = BoardText(printed.take)
        with self._board.turn_lock, self._board.coming_back():
            self._board.ready(asks=False).connection.soft_reset(boot.feed)
            boot.finish()
            self._board.identify()
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
        with self._board.turn_lock, self._board.coming_back():
            if self._board.link.transport.volatile and not self._answers():
                self.reopen()  # switched off and on
                return
            outcome = self._board.ready(asks=False).sender.hard_reset(boot.feed, quiet=quiet, limit=limit)
            boot.finish()
            if outcome is not None:
                raise device_error(outcome.traceback)
            self._board.ready(asks=False)
            self._board.identify()

    def restart(self, on_output: TextSink | None = None, *, seconds: float) -> None:
        """Resets the chip, lets its program run, and listens; sends nothing and interrupts nothing.

        The board's program may go on running afterwards; whatever needs the prompt next interrupts it.

        Args:
            on_output: takes what the board prints meanwhile.
            seconds: how long. A port that goes away meanwhile is opened again, which may take longer.

        Raises:
            DeviceError: the firmware has no reset function.
            ConnectError: the board did not come back.
        """
        boot = BoardText(on_output or drop)
        with self._board.turn_lock:
            outcome = self._board.restart(boot.feed, seconds)
            boot.finish()
        if outcome is not None:
            raise device_error(outcome.traceback)

    def is_waiting(self, on_output: TextSink | None = None) -> bool:
        """Whether the board waits for code without being interrupted; takes a second where it does not.

        Args:
            on_output: takes what its program prints meanwhile.

        Raises:
            ConnectionLostError: the link broke.
        """
        text = BoardText(on_output or drop)
        with self._board.turn_lock:
            is_waiting = self._board.is_waiting(text.feed)
            text.finish()
        return is_waiting

    def _answers(self) -> bool:
        try:
            self._board.ready(asks=False)
        except ConnectError:
            return False
        return True
