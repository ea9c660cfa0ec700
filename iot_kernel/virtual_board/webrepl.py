"""The WebREPL of a virtual board: a websocket that shows the board's terminal to one client at a time.

It asks for the password as MicroPython's own does, and hangs up when the board resets. Text goes both ways;
the transfer of files, which has frames of its own, is not there.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import re
import socket
import struct
import threading
from collections.abc import Callable, Iterator

from iot_kernel.transports.websocket_frames import Opcode, masked
from iot_kernel.virtual_board.board import VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.ports import LoopbackLine

INPUT_BUFFER = 260  # bytes of input an ESP32 takes over WebREPL while its program does not read
OUTPUT_PIECE = 2048  # bytes a frame

HANDSHAKE_TIMEOUT = 5.0  # s for a client to say that it wants a websocket
PATIENCE = 5  # s the board waits for a client that does not read, before it goes on without it

_ACCEPT_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
_ACCEPTED = (
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Accept: %b\r\n\r\n"
)
_NO_WEBSOCKET = b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n"
_KEY = re.compile(rb"sec-websocket-key:\s*(\S+)", re.IGNORECASE)
_END_OF_WORD = re.compile(rb"[\r\n]")


class WebRepl(LoopbackLine):
    """A board's WebREPL on loopback; `port` is where it listens.

    Args:
        board: whose terminal.
        options: the board's, with the port (0 for any free one) and the password.
        buffer: bytes of input the board takes while its program does not read, 0 for any number.

    Raises:
        OSError: the port is taken.
    """

    def __init__(self, board: VirtualBoard, options: BoardOptions, buffer: int = INPUT_BUFFER) -> None:
        super().__init__(options.webrepl or 0, "virtual WebREPL")
        self._password = options.password.encode()
        self._type = board.input_buffer(buffer)
        self._client: _Client | None = None
        self._thread.start()
        board.attach(self)

    def deliver(self, data: bytes) -> None:
        """Passes output to the client; one who does not read is cut off."""
        if (client := self._client) is not None:
            client.show(data)

    def hang_up(self) -> None:
        """Cuts the client off."""
        client, self._client = self._client, None
        if client is not None:
            client.hang_up()

    reset = hang_up  # the next one is welcome

    def _serve(self, client: socket.socket) -> None:
        if self._client is not None and self._client.thread.is_alive():
            client.close()
            return
        self._client = _Client(client, self._password, self._type)
        self._client.thread.start()


class _Client:
    """One client, served by a thread of its own.

    Args:
        connection: to it.
        password: which it has to know.
        to_board: takes what it types.
    """

    def __init__(self, connection: socket.socket, password: bytes, to_board: Callable[[bytes], None]) -> None:
        self._connection = connection
        self._stream = connection.makefile("rb")
        self._password = password
        self._to_board = to_board
        self._is_logged_in = False
        self._sending = threading.Lock()
        self.thread = threading.Thread(target=self._run, name="client of a virtual WebREPL", daemon=True)

    def show(self, data: bytes) -> None:
        """Sends output once the password was right."""
        if self._is_logged_in:
            self._send(data)

    def hang_up(self) -> None:
        """Cuts it off; its thread ends then."""
        with contextlib.suppress(OSError):  # it has gone already
            self._connection.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        with self._connection, self._stream, contextlib.suppress(OSError):
            if self._shakes_hands():
                self._send(b"Password: ")
                self._talk()

    def _shakes_hands(self) -> bool:
        self._connection.settimeout(HANDSHAKE_TIMEOUT)
        key = None
        while (line := self._stream.readline()) not in (b"", b"\r\n"):
            key = _KEY.match(line) or key
        self._connection.settimeout(None)
        self._connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, struct.pack("ll", PATIENCE, 0))
        if key is None:
            self._connection.sendall(_NO_WEBSOCKET)
            return False
        digest = hashlib.sha1(key[1] + _ACCEPT_KEY, usedforsecurity=False).digest()
        self._connection.sendall(_ACCEPTED % base64.b64encode(digest))
        return True

    def _talk(self) -> None:
        """Takes the password, and then what is typed."""
        said = b""
        for text in self._texts():
            said += text
            if not self._is_logged_in and (end := _END_OF_WORD.search(said)) is not None:
                if said[: end.start()] != self._password:
                    self._send(b"\r\nAccess denied\r\n")
                    return
                self._send(b"\r\nWebREPL connected\r\n>>> ")
                self._is_logged_in = True
                said = said[end.end() :]
            if self._is_logged_in:
                self._to_board(said)
                said = b""

    def _texts(self) -> Iterator[bytes]:
        """Gives what comes in text frames, until the client goes or sends what is none."""
        while len(head := self._stream.read(2)) == 2:
            size = head[1] & 0x7F
            if size > 125:
                size = int.from_bytes(self._stream.read(2 if size == 126 else 8), "big")
            mask = self._stream.read(4)
            data = masked(self._stream.read(size), mask)
            match head[0] & 0x0F:
                case Opcode.TEXT | Opcode.CONTINUATION:
                    yield data
                case Opcode.PING:
                    self._send(data, Opcode.PONG)
                case _:
                    return

    def _send(self, data: bytes, opcode: Opcode = Opcode.TEXT) -> None:
        """Sends frames; a client that does not take them is cut off."""
        with self._sending:
            try:
                for start in range(0, len(data), OUTPUT_PIECE):
                    self._connection.sendall(_frame(opcode, data[start : start + OUTPUT_PIECE]))
            except OSError:
                self.hang_up()


def _frame(opcode: Opcode, data: bytes) -> bytes:
    """A frame as servers send it, without a mask."""
    size = struct.pack(">B", len(data)) if len(data) < 126 else struct.pack(">BH", 126, len(data))
    return bytes([0x80 | opcode]) + size + data
