"""The virtual board's WebREPL: MicroPython's protocol, on MicroPython's own websocket module.

On a board this runs beside the REPL in one interpreter; here it has a process of its own, with a line to the
board's terminal as its standard input (which never blocks) and output. It ends with the board's interpreter
and starts with it. One client at a time: another connection meanwhile is closed at once, as firmware does.

Arguments: the port, the password, the directory that is the board's file system.
"""

import binascii
import hashlib
import select
import socket
import sys

import filesystem
import webrepl_files
import websocket

LOOPBACK = "127.0.0.1"
HANDSHAKE_TIMEOUT = 5  # s a client has for its request
OUTPUT_PIECE = 2048  # bytes of output in a frame at most

_SET_FRAME_KIND = 9  # ioctl requests of the websocket module
_GET_FRAME_KIND = 8
_TEXT = 1
_BINARY = 2

_ACCEPT_KEY = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455

_terminal_in = sys.stdin.buffer
_terminal_out = sys.stdout.buffer


class RefusedError(Exception):
    """The client is to be hung up on."""


class Client:
    """A client after its handshake: first its password, then the terminal and files."""

    def __init__(self, connection, password):
        self.connection = connection
        self._password = password
        self._typed = b""
        self._websocket = websocket.websocket(connection, True)
        self._files = webrepl_files.Transfer(self._send_binary)
        self._logged_in = False
        connection.setblocking(False)
        self._websocket.write(b"Password: ")

    def output(self, data):
        if self._logged_in:
            self._websocket.write(data)

    def input(self):
        """Takes everything the client sent so far; raises RefusedError when it is to go or gone."""
        while True:
            byte = self._websocket.read(1)
            if byte is None:
                return
            if not byte:
                raise RefusedError
            if not self._logged_in:
                self._log_in(byte)
            elif self._websocket.ioctl(_GET_FRAME_KIND, 0) == _TEXT:
                _terminal_out.write(byte)
            else:
                self._files.receive(byte)

    def _log_in(self, byte):
        if byte not in b"\r\n":
            self._typed += byte
        elif self._typed == self._password:
            self._logged_in = True
            self._websocket.write(b"\r\nWebREPL connected\r\n>>> ")
        else:
            self._websocket.write(b"\r\nAccess denied\r\n")
            raise RefusedError

    def _send_binary(self, data):
        self._websocket.ioctl(_SET_FRAME_KIND, _BINARY)
        self._websocket.write(data)
        self._websocket.ioctl(_SET_FRAME_KIND, _TEXT)


def _shake_hands(connection):
    """Answers an HTTP request; raises RefusedError when it is none for a websocket."""
    connection.settimeout(HANDSHAKE_TIMEOUT)
    key = None
    while True:
        line = connection.readline()
        if not line:
            raise RefusedError
        if line == b"\r\n":
            break
        name, _, value = line.partition(b":")
        if name.lower() == b"sec-websocket-key":
            key = value.strip()
    if key is None:
        connection.write(b"HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n")
        raise RefusedError
    accept = binascii.b2a_base64(hashlib.sha1(key + _ACCEPT_KEY).digest()).strip()
    connection.write(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
    )


class Server:
    """Serves one client after another."""

    def __init__(self, port, password):
        self._password = password
        self._client = None
        self._listener = socket.socket()
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._listener.bind(socket.getaddrinfo(LOOPBACK, port)[0][-1])
        self._listener.listen(1)
        self._poller = select.poll()
        for source in (self._listener, sys.stdin):
            self._poller.register(source, select.POLLIN)

    def run(self):
        """Serves until the board's terminal hangs up."""
        while True:
            for source, _ in self._poller.poll():
                if source is self._listener:
                    self._accept()
                elif source is sys.stdin:
                    if not self._output():
                        return
                elif self._client:
                    self._guarded(self._client.input)

    def _accept(self):
        connection, _ = self._listener.accept()
        if self._client:
            connection.close()
            return
        try:
            _shake_hands(connection)
            self._client = Client(connection, self._password)
        except (OSError, RefusedError):
            connection.close()
            return
        self._poller.register(connection, select.POLLIN)

    def _output(self):
        """Passes output on; False at its end."""
        data = _terminal_in.read(OUTPUT_PIECE)
        if data and self._client:
            client = self._client
            self._guarded(lambda: client.output(data))
        return data != b""

    def _guarded(self, action):
        try:
            action()
        except (OSError, RefusedError):
            self._poller.unregister(self._client.connection)
            self._client.connection.close()
            self._client = None


def main():
    _, port, password, directory = sys.argv
    server = Server(int(port), password.encode())
    filesystem.mount(directory)
    _terminal_out.write(b"!")  # tells the host that the port is open
    server.run()


main()
