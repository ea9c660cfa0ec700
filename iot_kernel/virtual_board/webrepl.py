"""The WebREPL of a virtual board: a second interpreter that serves it, tied to the life of the first.

The board's ``firmware/webrepl.py`` speaks with the client; here is its line to the board's terminal. It is
killed when the board resets, so its client is cut off as on a real board, and listens again when the board
starts.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import select
import socket
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

from iot_kernel.virtual_board.board import Line, VirtualBoard
from iot_kernel.virtual_board.interpreter import PROGRAM, environment
from iot_kernel.virtual_board.options import BoardOptions

LOOPBACK = "127.0.0.1"

READ_SIZE = 65536

INPUT_BUFFER = 260  # bytes of input an ESP32 takes over WebREPL while its program does not read

START_TIMEOUT = 10.0  # s; it takes milliseconds
PATIENCE = 5.0  # s the board waits for a client that does not read, before it goes on without it

logger = logging.getLogger(__name__)


class WebRepl(Line):
    """A board's WebREPL on loopback; `port` is where it listens.

    Args:
        board: whose terminal.
        interpreter: the MicroPython that serves.
        options: the board's, with its directory, the port (0 for any free one) and the password.
        buffer: bytes of input the board takes while its program does not read, 0 for any number.

    Raises:
        OSError: the port is taken.
    """

    def __init__(
        self, board: VirtualBoard, interpreter: Path, options: BoardOptions, buffer: int = INPUT_BUFFER
    ) -> None:
        self.port = options.webrepl or _free_port()
        program = str(PROGRAM / "webrepl.py")
        self._command = [str(interpreter), program, str(self.port), options.password, str(options.directory)]
        self._type = board.input_buffer(buffer)
        self._lock = threading.Lock()
        self._server: _Server | None = _Server(self._command, self._type)
        board.attach(self)

    def deliver(self, data: bytes) -> None:
        """Passes output to the client; one who does not read is cut off."""
        server = self._server
        if server is not None and not server.send(data):
            self.reset()

    def reset(self) -> None:
        """Cuts the client off and listens anew."""
        with self._lock:
            if self._server is None:
                return
            self._server.stop()
            try:
                self._server = _Server(self._command, self._type)
            except OSError as error:
                logger.warning("the WebREPL of a virtual board is gone: %s", error)
                self._server = None

    def close(self) -> None:
        """Stops listening."""
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.stop()
            server.join()


class _Server:
    """One run of the serving interpreter.

    Args:
        command: its command line.
        to_board: takes what the client types.

    Raises:
        OSError: it cannot listen.
    """

    def __init__(self, command: list[str], to_board: Callable[[bytes], None]) -> None:
        self._to_board = to_board
        self._sending = threading.Lock()
        boards_in, self._output = os.pipe()
        self._input, boards_out = os.pipe()
        for end in (boards_in, self._output):
            os.set_blocking(end, False)
        try:
            self._process = subprocess.Popen(
                command,
                stdin=boards_in,
                stdout=boards_out,
                stderr=subprocess.DEVNULL,
                env=environment(),
                start_new_session=True,
            )
        except OSError:
            os.close(self._input)
            os.close(self._output)
            raise
        finally:
            os.close(boards_in)
            os.close(boards_out)
        self._thread = threading.Thread(target=self._run, name="virtual WebREPL", daemon=True)
        listens = self._listens()
        self._thread.start()
        if not listens:
            self.stop()
            self.join()
            raise OSError(errno.EADDRINUSE, f"cannot listen on port {command[2]}")

    def _listens(self) -> bool:
        ready, _, _ = select.select([self._input], [], [], START_TIMEOUT)
        return bool(ready) and os.read(self._input, 1) == b"!"

    def _run(self) -> None:
        while data := os.read(self._input, READ_SIZE):
            self._to_board(data)
        self._process.wait()
        os.close(self._input)

    def send(self, data: bytes) -> bool:
        """Hands output over; False if it is not taken in time."""
        deadline = time.monotonic() + PATIENCE
        with self._sending:
            while data:
                _, ready, _ = select.select([], [self._output], [], max(0.0, deadline - time.monotonic()))
                if not ready:
                    return False
                try:
                    data = data[os.write(self._output, data) :]
                except OSError:
                    return False
        return True

    def stop(self) -> None:
        """Kills the interpreter, and with it the client's connection; its port is free when this returns."""
        self._process.kill()
        self._process.wait()
        with self._sending, contextlib.suppress(OSError):  # closed already
            os.close(self._output)

    def join(self) -> None:
        """Waits until nothing of it is left."""
        self._thread.join()


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as probe:
        port: int = probe.getsockname()[1]
    return port
