"""One virtual board as a process: its link, its registers, its resets.

The interpreter reads one end of a socket pair, which passes every byte as it is, and writes to a pipe (see
`output`); both push back when they are full and end when the process does. An interpreter lives for one boot:
when it ends and its registers ask for a reset, the next one starts on the same directory and registers, and
the other end of the link notices nothing but the output.

Hang-up: the board leads its own session on a terminal whose other end is held here. The kernel kills the
board when that end closes, so that no board survives this process, whatever it is busy with.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import socket
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.virtual_board.board import SMALL_WRITE
from iot_kernel.virtual_board.interpreter import PROGRAM, environment
from iot_kernel.virtual_board.interrupts import SIGNALS, Interpreter, InterruptSignals
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.output import OutputPipe
from iot_kernel.virtual_board.registers import Register, Registers, ResetKind
from iot_kernel.virtual_board.wire import IDEAL

START_POLL = 0.5e-3  # s between looks whether the program runs; it takes a few milliseconds
EXIT_TIMEOUT = 2.0  # s an interpreter that closed its link has to end; threads of the user can hold it up


class UnixBoard:
    """A running virtual board; one thread reads, any thread writes.

    Args:
        url: the board's, for errors.
        interpreter: the MicroPython to run.
        directory: its file system; must exist.
        uid: its id, 12 hex digits.
        options: how it is made.
    """

    def __init__(self, url: str, interpreter: Path, directory: Path, uid: str, options: BoardOptions) -> None:
        self._url = url
        self._command = [str(interpreter), "-X", f"heapsize={options.heap}", str(PROGRAM / "start.py")]
        self._arguments = [str(directory), uid, str(options.window), str(round(options.boot * 1000))]
        self._state = threading.RLock()  # guards the process and the socket against a reset or stop
        self._writing = threading.Lock()
        self._link: socket.socket | None = None
        self._process: Interpreter | None = None
        self._stopped = False
        self.on_reset: Callable[[], None] = lambda: None  # called before each start but the first
        self._registers = Registers()
        self._interrupts = InterruptSignals(self._registers, self._state, self._running)
        self._resources = contextlib.ExitStack()
        self._is_slow = options.link != IDEAL
        self._output: OutputPipe | None = None

    def start(self, timeout: float) -> None:
        """As `BoardProcess.start`."""
        try:
            with self._state:
                self._registers.open()
                self._resources.callback(self._registers.close)
                self._open_hangup()
                self._boot()
            self._await_power(time.monotonic() + timeout)
        except OSError as error:
            self.stop()
            raise ConnectError(self._url, ConnectReason.UNSUPPORTED, f"cannot start: {error}") from None
        except ConnectError:
            self.stop()
            raise

    def _await_power(self, deadline: float) -> None:
        while not self._registers[Register.INTERRUPT_SIGNAL]:
            if self._process is None or self._process.poll() is not None:
                said = self._output.read() if self._output else b""
                text = said.decode(errors="replace").strip().rpartition("\n")[2]
                problem = f"the interpreter ended at once: {text.strip()[:200]!r}"
                raise ConnectError(self._url, ConnectReason.UNSUPPORTED, problem)
            if time.monotonic() > deadline:
                raise ConnectError(self._url, ConnectReason.TIMEOUT, "MicroPython does not start; try again")
            time.sleep(START_POLL)  # the program says so in a byte of shared memory, which wakes nobody

    def _open_hangup(self) -> None:
        held, boards = os.openpty()
        self._resources.callback(os.close, held)
        self._resources.callback(os.close, boards)
        self._hangup = os.ttyname(boards)

    def _boot(self) -> None:
        for register in (Register.INTERRUPT_CHAR, Register.RESET_KIND):
            self._registers[register] = 0
        ours, boards = socket.socketpair()
        output = OutputPipe(ours, is_slow=self._is_slow)
        with boards:
            try:
                self._process = Interpreter(
                    [
                        *self._command,
                        str(self._registers.descriptor),
                        *output.arguments,
                        *(str(int(number)) for number in SIGNALS),
                        self._hangup,
                        *self._arguments,
                    ],
                    stdin=boards.fileno(),
                    stdout=output.boards,
                    stderr=output.boards,
                    env=environment(),
                    pass_fds=[self._registers.descriptor],
                    start_new_session=True,
                )
            except OSError:
                output.close()
                ours.close()
                raise
            finally:
                os.close(output.boards)
        self._link = ours
        self._output = output
        self._interrupts.forget()

    def read(self) -> bytes:
        """Blocks until the board sends something; ``b""`` once it was stopped.

        Raises:
            ConnectionLostError: the interpreter ended without asking for a reset.
        """
        while True:
            output = self._output
            if output is None or self._stopped:
                return b""
            if data := output.read():
                return data
            self._next_boot()

    def _next_boot(self) -> None:
        with self._state:
            if self._stopped or self._process is None or self._link is None or self._output is None:
                return
            status = _reap(self._process)
            kind = self._registers[Register.RESET_KIND]
            self._link.close()
            self._output.close()
            if kind == ResetKind.NONE:
                self.stop()
                raise ConnectionLostError(self._url, f"the interpreter ended, {_status_text(status)}")
            self._registers[Register.RESET_CAUSE] = kind
            self.on_reset()
            self._boot()

    def unread_writes(self) -> int:
        """Counts the writes of at most `SMALL_WRITE` bytes of which the board has not read all."""
        link = self._link
        return 0 if link is None else -(-_unread(link) // _cost_of_a_write())

    def interrupt_char(self) -> bytes:
        """Gives the character that interrupts what runs now, empty if there is none."""
        with self._state:
            char = 0 if self._stopped else self._registers[Register.INTERRUPT_CHAR]
        return bytes((char,)) if char else b""

    def write(self, data: bytes) -> None:
        """Sends bytes to the board's terminal; the interrupt character interrupts while code runs.

        What arrives while the board resets is lost, as on a wire.

        Raises:
            ConnectionLostError: the board is gone or stopped.
        """
        with self._writing:
            while data:
                data = self._write_some(data)

    def _write_some(self, data: bytes) -> bytes:
        """Sends what comes before an interrupt, or the interrupt itself; gives the rest."""
        link = self._link
        if link is None:
            raise ConnectionLostError(self._url, "the virtual board was stopped")
        char = self._registers[Register.INTERRUPT_CHAR]
        if char and data[0] == char:
            if not self._interrupts.send(char):
                self._send(link, data[:1])  # the program ended just now: ordinary input
            return data[1:]
        if self._interrupts.await_handled():  # the board drops what is there when it handles one
            return data
        end = data.find(char) if char else -1
        end = len(data) if end < 0 else end
        self._send(link, data[:end])
        return data[end:]

    def _send(self, link: socket.socket, data: bytes) -> None:
        try:
            link.sendall(data)
        except OSError:
            with self._state:
                if self._stopped or (self._link is link and not self._registers[Register.RESET_KIND]):
                    raise ConnectionLostError(self._url, "the virtual board is gone") from None

    def _running(self) -> Interpreter | None:
        return None if self._stopped else self._process

    def stop(self) -> None:
        """Switches the board off; twice is fine, any thread is fine."""
        with self._state:
            self._stopped = True
            link, self._link = self._link, None
            if link is not None:
                with contextlib.suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)  # wakes a blocked read; closing alone would not
            if self._process is not None:
                self._process.kill()
                self._process.wait()
            if self._output is not None:
                self._output.close()
            if link is not None:
                link.close()  # not before, as a read waits for it too
            self._resources.close()


def _unread(link: socket.socket) -> int:
    """What the system holds of what was written to a socket, with its own overhead, by whole writes."""
    try:
        return int.from_bytes(fcntl.ioctl(link, termios.TIOCOUTQ, b"\0\0\0\0"), sys.byteorder)
    except (OSError, ValueError):  # closed in this moment: the board resets, and nothing is left of it
        return 0


@cache
def _cost_of_a_write() -> int:
    here, there = socket.socketpair()
    with here, there:
        here.send(bytes(SMALL_WRITE))
        return max(1, _unread(here))


def _status_text(status: int) -> str:
    return f"exit status {status}" if status >= 0 else f"killed by signal {-status}"


def _reap(process: subprocess.Popen[bytes]) -> int:
    """Waits for the end of a process that closed its link; gives its exit status."""
    try:
        return process.wait(EXIT_TIMEOUT)
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait()
