"""The transport ``sim://``: switches a virtual board on, and off again when it is closed."""

from __future__ import annotations

import hashlib
import os
import platform
import threading
from collections.abc import Sequence
from pathlib import Path

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.transports.base import Transport
from iot_kernel.virtual_board import web_assembly
from iot_kernel.virtual_board.board import BoardProcess, Terminal, VirtualBoard
from iot_kernel.virtual_board.interpreter import explain, find_interpreters, nothing_found
from iot_kernel.virtual_board.options import BoardOptions, parse_url
from iot_kernel.virtual_board.webrepl import WebRepl


class VirtualTransport(Transport):
    """The link to a virtual board that this transport switches on and off.

    Args:
        url: ``sim://[NAME][?option=value&...]``, see ``docs/reference/virtual-board.md``.
        password: unused; the board's own terminal asks for none.
    """

    volatile = True

    def __init__(self, url: str, *, password: str | None = None) -> None:
        super().__init__(url)
        self._terminal: BoardProcess | Terminal | None = None
        self._power: BoardProcess | VirtualBoard | None = None
        self._closed = threading.Event()

    def check(self) -> None:
        """Looks at the options; see the base class."""
        parse_url(self.url)

    def open(self, timeout: float) -> None:
        """Powers the board on; its files are those of the last time."""
        options = parse_url(self.url)
        self.burst = options.buffer or None
        self.paced = self.burst is None  # its program may have to wait for its turn on this computer
        process = power_on(self.url, options, timeout)
        if options.plain:
            self._power = self._terminal = process
        else:
            board = VirtualBoard(process)
            self._power = board
            self._terminal = Terminal(board, options.link, options.buffer)
            if options.webrepl is not None:
                self._serve_webrepl(board, options)
        self._tell_resets(process)
        if self._closed.is_set():
            self._power.stop()

    def _tell_resets(self, process: BoardProcess) -> None:
        reset_lines = process.on_reset

        def reset() -> None:
            reset_lines()
            self.on_restart()

        process.on_reset = reset

    def _serve_webrepl(self, board: VirtualBoard, options: BoardOptions) -> None:
        try:
            WebRepl(board, options)
        except OSError as error:
            board.stop()
            raise ConnectError(
                self.url, ConnectReason.BUSY, f"no WebREPL on port {options.webrepl}: {error.strerror}"
            ) from None

    def read(self) -> bytes:
        """Gives what the board sent; see the base class."""
        return b"" if self._terminal is None or self._closed.is_set() else self._terminal.read()

    def write(self, data: bytes) -> None:
        """Sends bytes to the board's terminal; see the base class."""
        if self._terminal is None or self._closed.is_set():
            raise ConnectionLostError(self.url, "it is not open")
        self._terminal.write(data)

    def close(self) -> None:
        """Switches the board off."""
        self._closed.set()
        if self._power is not None:
            self._power.stop()


def power_on(url: str, options: BoardOptions, timeout: float) -> BoardProcess:
    """Starts a board as the options say; its program runs when this returns.

    Raises:
        ConnectError: there is no interpreter or directory to run it with.
    """
    directory = options.directory
    _make(url, directory)
    wanted = options.micropython or os.environ.get("IOT_MICROPYTHON")
    is_package = bool(wanted) and web_assembly.is_package(str(wanted))
    interpreters = [] if is_package else find_interpreters(url, wanted)
    if interpreters:
        return _power_on_unix(url, options, timeout, interpreters)
    port = web_assembly.find_port(wanted)
    if port is None:
        raise nothing_found(url, web_assembly.how_to_get())
    web_assembly.check_options(url, options)
    board = web_assembly.WebAssemblyBoard(url, port, directory, board_uid(directory), options)
    board.start(timeout)
    return board


def _make(url: str, directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        advice = "choose a directory with '?dir=PATH', or set JUPYTER_DATA_DIR to one of your own"
        problem = f"cannot use {directory}: {error.strerror}; {advice}"
        raise ConnectError(url, ConnectReason.DENIED, problem) from None


def _power_on_unix(
    url: str, options: BoardOptions, timeout: float, interpreters: Sequence[Path]
) -> BoardProcess:
    """Starts the first interpreter that becomes a board."""
    from iot_kernel.virtual_board.process import UnixBoard  # here: Windows lacks what it is made of

    problems: list[ConnectError] = []
    for interpreter in interpreters:
        board = UnixBoard(url, interpreter, options.directory, board_uid(options.directory), options)
        try:
            board.start(timeout)
        except ConnectError as error:
            problems.append(explain(url, interpreter) or error)
        else:
            return board
    raise problems[0]


def board_uid(directory: Path) -> str:
    """Gives the 6-byte id, in hex, of the board with this directory: always the same, on this host only."""
    digest = hashlib.sha256(f"{platform.node()}:{directory.resolve()}".encode()).hexdigest()
    return "02" + digest[:10]  # 02: a locally administered address, which no maker's board has
