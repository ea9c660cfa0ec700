"""A web server on the loopback: what a test puts into it, and every way in which a server can misbehave."""

from __future__ import annotations

import ssl
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self

Answer = Callable[[BaseHTTPRequestHandler], None]


class WebServer:
    """Serves `files` by path; paths in `answers` do what their functions do. A context manager.

    Attributes:
        files: contents, by path.
        answers: what to do instead, by path.
        asked: the paths of all requests.
        released: set when the server closes; answers that hang wait for it.
    """

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.answers: dict[str, Answer] = {}
        self.asked: list[str] = []
        self._asked = threading.Condition()
        self._scheme = "http"
        self.agents: set[str] = set()
        self.released = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()

    @property
    def url(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_address[1]}"

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Goes on with https."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._scheme = "https"

    def note(self, path: str) -> None:
        with self._asked:
            self.asked.append(path)
            self._asked.notify_all()

    def wait_for(self, path: str, seconds: float = 20.0) -> bool:
        """Whether somebody asks for a path in time."""
        with self._asked:
            return self._asked.wait_for(lambda: path in self.asked, seconds)

    def say(self, handler: BaseHTTPRequestHandler, body: bytes) -> None:
        """Answers with a file."""
        status(200, body)(handler)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    # Misbehaviour

    def hang(self, handler: BaseHTTPRequestHandler) -> None:
        """Says nothing."""
        self.released.wait()

    def trickle(self, handler: BaseHTTPRequestHandler) -> None:
        """Sends a byte every now and then, for ever."""
        handler.send_response(200)
        handler.end_headers()
        while not self.released.wait(0.05):
            handler.wfile.write(b"x")

    def flood(self, handler: BaseHTTPRequestHandler) -> None:
        """Sends data for ever, and never says how much."""
        handler.send_response(200)
        handler.end_headers()
        while not self.released.is_set():
            handler.wfile.write(b"x" * 65536)


def status(code: int, body: bytes = b"") -> Answer:
    """Answers with a status."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(code)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def redirect(target: str) -> Answer:
    """Sends the client elsewhere."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def break_off(body: bytes, *, promised: int) -> Answer:
    """Promises more bytes than come."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", str(promised))
        handler.end_headers()
        handler.wfile.write(body)
        handler.close_connection = True

    return answer


def _handler(server: WebServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.note(self.path)
            server.agents.add(self.headers["User-Agent"])
            try:
                if self.path in server.answers:
                    server.answers[self.path](self)
                elif self.path in server.files:
                    status(200, server.files[self.path])(self)
                else:
                    status(404, b"<!doctype html>nothing here")(self)
            except ConnectionError:
                time.sleep(0)  # the client has hung up

        def log_message(self, *_: object) -> None:
            pass

    return Handler
