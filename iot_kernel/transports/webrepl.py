"""WebREPL: a board's REPL over a websocket, ``ws://HOST[:8266]`` and ``wss://…``.

What the board does (MicroPython's extmod/modwebrepl.c and webrepl.py): it asks ``Password: `` and takes what
follows up to the first CR or LF; so exactly one CR is sent, one byte more would be the program's. It drops
what is printed before the login. It shakes hands with a second client and then hangs up on it.

websocket-client shakes hands; after that its socket is ours (see `websocket_stream` for why).
"""

from __future__ import annotations

import base64
import contextlib
import re
import socket
import ssl
import time
from dataclasses import dataclass
from urllib.parse import urlsplit

import websocket

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.transports.errors import network_fault
from iot_kernel.transports.streams import ByteStream, StreamTransport, tune
from iot_kernel.transports.websocket_frames import FrameError
from iot_kernel.transports.websocket_stream import BURST, WebSocketStream

#: The port that MicroPython's webrepl.start() listens on.
PORT = 8266

#: Bytes before the password prompt; who says more is no WebREPL.
LOGIN_LIMIT = 4096

#: Characters a WebREPL password may have: modwebrepl.c keeps ten bytes with the final zero.
LONGEST_PASSWORD = 9

#: Seconds for which a board that hangs up is tried again, and between two tries: it learns that its last
#: client has left only when its scheduler comes round to the socket, and has no room for the next before.
BUSY_PATIENCE = 1.0
BUSY_PAUSE = 0.1

#: Where CircuitPython serves its terminal; the password goes into the request there, and nobody asks for it.
CIRCUITPYTHON_PATH = "/cp/serial/"

#: Characters that are quoted of an answer that is no WebREPL's.
LONGEST_QUOTE = 80

_ASKS = re.compile(b"Password: ")
_DENIED = b"Access denied"
_ANSWERS = re.compile(b"WebREPL connected|" + _DENIED)


@dataclass(frozen=True, slots=True)
class WebReplUrl:
    """A url taken apart.

    Args:
        secure: ``wss``.
        host: name or address, without brackets.
        port: TCP port.
        resource: path and query, at least ``/``.
    """

    secure: bool
    host: str
    port: int
    resource: str

    @property
    def text(self) -> str:
        """The url with nothing left out, for websocket-client."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'wss' if self.secure else 'ws'}://{host}:{self.port}{self.resource}"

    @property
    def circuitpython(self) -> bool:
        """Whether this is CircuitPython's terminal."""
        return self.resource == CIRCUITPYTHON_PATH


def parse_url(url: str) -> WebReplUrl:
    """Takes a url apart.

    Raises:
        ConnectError: there is no host, or the port is none.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise ConnectError(url, ConnectReason.UNSUPPORTED, "expected ws://HOST or ws://HOST:PORT")
    path = parts.path or "/"
    if path.rstrip("/") + "/" == CIRCUITPYTHON_PATH:
        path = CIRCUITPYTHON_PATH
    resource = path + (f"?{parts.query}" if parts.query else "")
    return WebReplUrl(parts.scheme.lower() == "wss", host, port or PORT, resource)


class WebReplTransport(StreamTransport):
    """A board's WebREPL; docs/reference/transports.md has the urls.

    Args:
        url: ``ws://HOST[:PORT][/PATH]`` or ``wss://…``.
        password: the board's WebREPL password, never shown.
    """

    burst = BURST
    paced = False
    may_carry_messages = False

    def __init__(self, url: str, *, password: str | None = None) -> None:
        super().__init__(url)
        self._password = password
        self._dialled: socket.socket | None = None  # while it is on its way to be a stream

    def close(self) -> None:
        """As `Transport.close`; also ends an `open` that waits for the other side."""
        super().close()
        dialled = self._dialled
        if dialled is not None:
            with contextlib.suppress(OSError):  # it is not connected yet, or not any more
                dialled.shutdown(socket.SHUT_RDWR)

    def check(self) -> None:
        """As `Transport.check`."""
        parse_url(self.url)

    def _connect(self, timeout: float) -> ByteStream:
        url = parse_url(self.url)
        deadline = time.monotonic() + timeout
        patience = min(deadline, time.monotonic() + BUSY_PATIENCE)
        while True:
            try:
                return self._connect_once(url, deadline)
            except ConnectError as error:
                if error.reason is not ConnectReason.BUSY or self._closed or time.monotonic() > patience:
                    raise
            time.sleep(BUSY_PAUSE)  # a board that lets its client go tells nobody

    def _connect_once(self, url: WebReplUrl, deadline: float) -> ByteStream:
        sock = self._dial(url, deadline)
        self._dialled = sock
        try:
            self._shake_hands(url, sock, deadline)
            tune(sock)
            stream = WebSocketStream(sock)
        except BaseException:
            sock.close()
            raise
        try:
            if not url.circuitpython:
                stream.unread(self._log_in(stream, deadline))
        except BaseException:
            stream.close()
            raise
        finally:
            self._dialled = None
        return stream

    def _dial(self, url: WebReplUrl, deadline: float) -> socket.socket:
        try:
            sock = self._call(url, deadline)
            return self._encrypt(url, sock) if url.secure else sock
        except OSError as error:
            raise network_fault(self.url, error, "WebREPL", "cannot connect") from error

    def _call(self, url: WebReplUrl, deadline: float) -> socket.socket:
        """A TCP connection to the first of the host's addresses that takes one."""
        problem: OSError = ConnectionAbortedError("closed")
        for family, kind, protocol, _, address in socket.getaddrinfo(
            url.host, url.port, type=socket.SOCK_STREAM
        ):
            if self._closed:
                break
            self._dialled = sock = socket.socket(family, kind, protocol)
            try:
                sock.settimeout(_remaining(deadline))
                sock.connect(address)
            except OSError as error:
                sock.close()
                problem = error
            else:
                return sock
        raise problem

    def _encrypt(self, url: WebReplUrl, sock: socket.socket) -> socket.socket:
        try:
            return ssl.create_default_context().wrap_socket(sock, server_hostname=url.host)
        except BaseException as error:
            sock.close()
            if not isinstance(error, ssl.SSLError):
                raise
            hint = "plain WebREPL is ws://"
            if isinstance(error, ssl.SSLCertVerificationError):
                hint = "set SSL_CERT_FILE to a file with the certificate to trust"
            raise self._refuse(ConnectReason.UNSUPPORTED, f"no encryption: {error.reason}; {hint}") from error

    def _shake_hands(self, url: WebReplUrl, sock: socket.socket, deadline: float) -> None:
        headers = []
        if url.circuitpython:
            credentials = base64.b64encode(f":{self._known_password()}".encode()).decode()
            headers = [f"Authorization: Basic {credentials}"]
        client = websocket.WebSocket()
        try:
            client.connect(  # type: ignore[no-untyped-call]  # the library has no annotation there
                url.text, socket=_Dated(sock, deadline), header=headers, redirect_limit=0
            )
        except (TimeoutError, websocket.WebSocketTimeoutException) as error:
            raise self._refuse(
                ConnectReason.TIMEOUT, "it took the connection but did not answer: busy, or no WebREPL"
            ) from error
        except (ConnectionError, websocket.WebSocketConnectionClosedException) as error:
            raise self._hung_up() from error
        except websocket.WebSocketBadStatusException as error:
            raise self._bad_status(error.status_code) from error
        # IndexError: of some releases, for a line that is no HTTP
        except (OSError, ValueError, IndexError, websocket.WebSocketException) as error:
            raise self._no_webrepl(str(error)) from error

    def _bad_status(self, status: int) -> ConnectError:
        if status in (401, 403):
            return self._denied()
        return self._no_webrepl(f"HTTP status {status}")

    def _log_in(self, stream: WebSocketStream, deadline: float) -> bytes:
        """Gives the password when asked; returns what the board says after that."""
        if self._await(stream, _ASKS, deadline) is None:
            raise self._hung_up()
        with contextlib.suppress(ConnectionError):  # that it hung up is noticed below
            stream.write(self._known_password().encode() + b"\r")
        answer = self._await(stream, _ANSWERS, deadline)
        if answer is None or answer[0] == _DENIED:
            raise self._denied()
        return answer.string[answer.end() :]

    def _await(
        self, stream: WebSocketStream, wanted: re.Pattern[bytes], deadline: float
    ) -> re.Match[bytes] | None:
        """Reads until the board has said something; None when it hangs up before."""
        heard = b""
        while not (found := wanted.search(heard)):
            if len(heard) > LOGIN_LIMIT:
                raise self._no_webrepl("no password prompt")
            try:
                heard += stream.read(_remaining(deadline))
            except TimeoutError as error:
                raise self._refuse(
                    ConnectReason.TIMEOUT,
                    "it is a websocket, but WebREPL did not answer in time: is the board busy?",
                ) from error
            except FrameError as error:
                raise self._no_webrepl(str(error)) from error
            except (ConnectionError, EOFError):
                return None
        return found

    def _known_password(self) -> str:
        if not self._password:
            text = "the board wants its WebREPL password and none is known"
            raise self._refuse(ConnectReason.AUTH, text)
        return self._password

    def _denied(self) -> ConnectError:
        text = "the board refused the WebREPL password"
        length = len(self._known_password())
        if length > LONGEST_PASSWORD:
            text += f" (it has {length} characters, a WebREPL password at most {LONGEST_PASSWORD})"
        return self._refuse(ConnectReason.AUTH, text)

    def _hung_up(self) -> ConnectError:
        return self._refuse(
            ConnectReason.BUSY,
            "it hung up at once: WebREPL serves one client at a time, and another one is connected",
        )

    def _no_webrepl(self, why: str) -> ConnectError:
        text = f"what listens on that port is no WebREPL ({why[:LONGEST_QUOTE]})"
        return self._refuse(ConnectReason.NOT_A_BOARD, text)

    def _refuse(self, reason: ConnectReason, text: str) -> ConnectError:
        return ConnectError(self.url, reason, text)


class _Dated:
    """A socket for websocket-client whose operations together end at a deadline."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def gettimeout(self) -> float:
        return _remaining(self._deadline)

    def recv(self, size: int) -> bytes:
        self._sock.settimeout(_remaining(self._deadline))
        return self._sock.recv(size)

    def send(self, data: bytes) -> int:
        self._sock.settimeout(_remaining(self._deadline))
        return self._sock.send(data)

    def close(self) -> None:
        self._sock.close()


def _remaining(deadline: float) -> float:
    """Seconds left, never 0, which would mean something else to sockets."""
    return max(deadline - time.monotonic(), 0.001)
