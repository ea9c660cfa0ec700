"""A websocket as a stream of bytes, on a socket that has shaken hands.

websocket-client's own reading is not used: another thread cannot end it, it collects a frame of any length
before it hands it on, and on a TLS connection it would read and write at the same time, which OpenSSL
forbids.

Frames of either type are the REPL's text. (WebREPL sends binary ones only as answers of its file protocol,
which is not used here; other firmware sends its output in them.)
"""

from __future__ import annotations

import contextlib
import secrets
import socket
import ssl
import threading
from collections.abc import Callable, Iterator

from iot_kernel.transports.poll_stream import READ_SIZE, PollStream
from iot_kernel.transports.websocket_frames import Control, FrameReader, Opcode, encode_frame

#: Bytes in one frame, and bytes the board takes unread: it empties the socket into an input buffer of 256
#: bytes (ESP8266; ESP32 260) and drops what does not fit. The rest is room for a Ctrl-C and more.
BURST = 200

#: Bytes of payload whose frames go to the system in one call.
_BATCH = 64 * BURST


class WebSocketStream:
    """Bytes in both directions; see `streams.ByteStream` for the methods.

    Args:
        sock: connected, and past the websocket handshake; belongs to the stream from now on.
    """

    def __init__(self, sock: socket.socket) -> None:
        sock.setblocking(False)
        receive, self._send = _calls(sock)
        self._stream = PollStream(
            sock.fileno(), receive, self._send, sock.close, "the board closed the connection"
        )
        self._reader = FrameReader()
        self._early = b""
        self._ended = False
        self._frame_lock = threading.Lock()
        self._pongs = bytearray()
        self._pongs_lock = threading.Lock()
        if isinstance(sock, ssl.SSLSocket) and sock.pending():
            self._early = self._payload_of(receive(READ_SIZE))

    def unread(self, data: bytes) -> None:
        """Puts back what belongs to the next `read`."""
        self._early = data

    def read(self, timeout: float | None = None) -> bytes:
        """As `ByteStream.read`, with a TimeoutError after ``timeout`` seconds without anything."""
        if self._early:
            data, self._early = self._early, b""
            return data
        while not self._ended and (data := self._stream.read(timeout)):
            if payload := self._payload_of(data):
                return payload
        if self._ended:
            raise EOFError("the board closed the connection")
        return b""

    def write(self, data: bytes) -> None:
        """As `ByteStream.write`, in frames of `BURST` bytes at most."""
        with self._frame_lock:
            for start in range(0, len(data), _BATCH):
                self._stream.write(_frames(data[start : start + _BATCH]))
        self._answer_pings()

    def close(self) -> None:
        """As `ByteStream.close`; says goodbye if that can be done without waiting."""
        if self._frame_lock.acquire(blocking=False):
            with contextlib.suppress(OSError):
                self._send(memoryview(_frame(Opcode.CLOSE, b"\x03\xe8")))  # 1000: a normal end
            self._frame_lock.release()
        self._stream.close()

    def _payload_of(self, data: bytes) -> bytes:
        payload, controls = self._reader.receive_data(data)
        for control in controls:
            self._obey(control)
        return payload

    def _obey(self, control: Control) -> None:
        if control.opcode is Opcode.CLOSE:
            self._ended = True
        elif control.opcode is Opcode.PING:
            with self._pongs_lock:
                self._pongs += _frame(Opcode.PONG, control.payload)
            self._answer_pings()

    def _answer_pings(self) -> None:
        """Sends the pongs that are due; a busy writer does it instead, as the reader must not wait."""
        while self._pongs and self._frame_lock.acquire(blocking=False):
            try:
                with self._pongs_lock:
                    pongs, self._pongs = bytes(self._pongs), bytearray()
                self._stream.write(pongs)
            finally:
                self._frame_lock.release()


def _frame(opcode: Opcode, payload: bytes) -> bytes:
    return encode_frame(opcode, payload, secrets.token_bytes(4))


def _frames(data: bytes) -> bytes:
    return b"".join(_frame(Opcode.TEXT, data[start : start + BURST]) for start in range(0, len(data), BURST))


def _calls(sock: socket.socket) -> tuple[Callable[[int], bytes], Callable[[memoryview], int]]:
    """How to receive and to send without waiting."""
    if not isinstance(sock, ssl.SSLSocket):

        def receive_plain(size: int) -> bytes:
            data = sock.recv(size)
            _acknowledge(sock)
            return data

        return receive_plain, sock.send
    tls = sock
    tls_lock = threading.Lock()

    def receive(size: int) -> bytes:
        with tls_lock, _would_block():
            data = tls.recv(size)
            while waiting := tls.pending():  # decrypted already, so no poll will ever tell of it
                data += tls.recv(waiting)
            _acknowledge(tls)
            return data

    def send(data: memoryview) -> int:
        with tls_lock, _would_block():
            return tls.send(data)

    return receive, send


def _acknowledge(sock: socket.socket) -> None:
    """Has the system say at once what was received, instead of 40 ms later.

    A board writes the head of a frame and what is in it separately, and its TCP holds the second piece back
    until the first is acknowledged.
    """
    quick = getattr(socket, "TCP_QUICKACK", None)  # Linux; it holds until the next thing is received
    if quick is not None:
        with contextlib.suppress(OSError):  # it is slower without
            sock.setsockopt(socket.IPPROTO_TCP, quick, 1)


@contextlib.contextmanager
def _would_block() -> Iterator[None]:
    """TLS has names of its own for a socket that is empty or full."""
    try:
        yield
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError) as error:
        raise BlockingIOError from error
