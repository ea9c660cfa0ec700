"""A board's WebREPL as a server, after MicroPython's modwebrepl.c and webrepl.py, with faults on request."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import select
import socket
import ssl
import struct
import threading

from tests.transports.far import DEADLINE, SocketFar, read_until

GREETING = b"\r\nWebREPL connected\r\n>>> "
LARGEST = 4000  # bytes in a frame to the host


class WebReplFar(SocketFar):
    """Takes one client through handshake and login, then passes bytes.

    Args:
        junk: printed before the prompt.
        split: the prompt and the greeting come in frames of one byte.
        silent: shakes hands and says no more.
        status: answers the handshake with this HTTP status instead.
    """

    scheme = "ws"

    def __init__(self, *, junk=b"", split=False, silent=False, status=None) -> None:
        self.password = "secret"
        self.junk, self.split, self.silent, self.status = junk, split, silent, status
        self.request = b""
        self.frames: list[tuple[int, bytes]] = []
        self.entered = b""  # the password, while it is being typed
        self.logged_in = False
        self._rest = b""
        self._lock = threading.Lock()
        super().__init__()

    def prepare(self, transport):
        assert read_until(transport, b">>> ") == GREETING.replace(b"\r\nWebREPL connected", b"")

    def send_frame(self, opcode, payload):
        size = len(payload)
        head = bytes([0x80 | opcode, size]) if size < 126 else struct.pack(">BBH", 0x80 | opcode, 126, size)
        with self._lock:
            self._client.sendall(head + payload)

    def send(self, data):
        assert self._ready.wait(DEADLINE)
        for start in range(0, len(data), LARGEST):
            self.send_frame(1, data[start : start + LARGEST])

    def _say(self, text):
        for piece in [text[at : at + 1] for at in range(len(text))] if self.split else [text]:
            self.send_frame(1, piece)

    def _greet(self, client):
        while b"\r\n\r\n" not in self.request:
            data = client.recv(4096)
            if not data:
                raise OSError("the client left")
            self.request += data
        if self.status:
            client.sendall(b"HTTP/1.0 %d No\r\n\r\n<html></html>" % self.status)
            raise OSError("no websocket here")
        client.sendall(handshake_answer(self.request))
        if self.junk:
            self._say(self.junk)
        if b"GET /cp/serial/ " in self.request:
            self.logged_in = True
        elif not self.silent:
            self._say(b"Password: ")

    def _decode(self, data):
        self._rest += data
        arrived = b""
        while frame := self._next_frame():
            self.frames.append(frame)
            opcode, payload = frame
            if opcode < 8:
                arrived += payload if self.logged_in else self._log_in(payload)
        return arrived

    def _log_in(self, data):
        for at, value in enumerate(data):
            if value not in b"\r\n":
                self.entered += bytes([value])
                continue
            if self.entered.decode() != self.password:
                self._say(b"\r\nAccess denied\r\n")
                raise OSError("wrong password")
            self.logged_in = True
            self._say(GREETING)
            return data[at + 1 :]
        return b""

    def _next_frame(self):
        data = self._rest
        if len(data) < 6:
            return None
        assert data[1] & 0x80, "a client masks its frames"
        size, start = data[1] & 0x7F, 2
        if size == 126:
            size, start = struct.unpack(">H", data[2:4])[0], 4
        if len(data) < start + 4 + size:
            return None
        mask, payload = data[start : start + 4], data[start + 4 : start + 4 + size]
        self._rest = data[start + 4 + size :]
        return data[0] & 0x0F, bytes(value ^ mask[at % 4] for at, value in enumerate(payload))


def handshake_answer(request):
    key = request.split(b"Sec-WebSocket-Key: ")[1].split(b"\r\n")[0]
    accept = base64.b64encode(hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest())
    return (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class Busy:
    """A WebREPL that another client has: shakes hands, or not even that, and hangs up.

    Args:
        greets: whether it shakes hands.
    """

    def __init__(self, *, greets: bool) -> None:
        self._greets = greets
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"ws://127.0.0.1:{self._listener.getsockname()[1]}"
        self.served = 0
        self._thread = threading.Thread(target=self._serve, name="busy")
        self._thread.start()

    def stop(self) -> None:
        """Frees everything."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(DEADLINE)
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.served += 1
                with client:
                    if self._greets:
                        client.sendall(handshake_answer(client.recv(4096)))


class Encryption:
    """Takes one client of TLS and passes its bytes to a far end, as a proxy in front of a board does."""

    def __init__(self, far: SocketFar, context: ssl.SSLContext) -> None:
        self._far, self._context = far, context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"wss://localhost:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, name="encryption")
        self._thread.start()

    def stop(self) -> None:
        """Frees everything; the client and the far end must be gone."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join(DEADLINE)
        self._listener.close()

    def _serve(self):
        with contextlib.suppress(OSError):
            accepted, _ = self._listener.accept()
            with (
                self._context.wrap_socket(accepted, server_side=True) as client,
                socket.create_connection(("127.0.0.1", self._far.port)) as board,
            ):
                self._pass_on(client, board)

    @staticmethod
    def _pass_on(client, board):
        """In one thread, as OpenSSL wants it."""
        while True:
            ready = [client] if client.pending() else select.select([client, board], [], [])[0]
            for source, sink in ((client, board), (board, client)):
                if source in ready:
                    data = source.recv(65536)
                    if not data:
                        return
                    sink.sendall(data)
