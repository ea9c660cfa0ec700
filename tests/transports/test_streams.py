"""Streams over real descriptors and over a port that behaves like pyserial's on Windows."""

import errno
import queue
import socket
import threading

import pytest

from iot_kernel.errors import ConnectionLostError
from iot_kernel.transports.streams import PortStream, StreamTransport, problem_of, tune
from tests.each import each

DEADLINE = 30.0


class WindowsLikePort:
    """Blocks in read until there is data or a cancel; a cancel while nothing is blocked is lost."""

    def __init__(self):
        self.arriving = queue.Queue()
        self.blocked = False
        self.closed = False
        self.about_to_read = lambda: None

    in_waiting = property(lambda self: self.arriving.qsize())

    def read(self, count):
        data = b""
        while len(data) < count:
            self.about_to_read()
            self.blocked = True
            item = self.arriving.get()
            self.blocked = False
            if item is None:
                break
            if isinstance(item, Exception):
                raise item
            data += item
        return data

    def cancel(self):
        if self.blocked:
            self.arriving.put(None)


class Ported(PortStream):
    def _cancel(self):
        self._port.cancel()

    def _release(self):
        self._port.closed = True


def test_a_port_gives_what_waits():
    port = WindowsLikePort()
    stream = Ported(port)
    for value in b"abc":
        port.arriving.put(bytes([value]))
    assert stream.read() == b"abc"
    stream.close()
    assert port.closed


def test_a_cancel_that_came_too_early_is_repeated():
    port = WindowsLikePort()
    stream = Ported(port)
    entered, proceed = threading.Event(), threading.Event()

    def stop_at_the_door():
        entered.set()
        proceed.wait(DEADLINE)

    port.about_to_read = stop_at_the_door
    results = []
    reader = threading.Thread(target=lambda: results.append(stream.read()))
    reader.start()
    entered.wait(DEADLINE)
    closer = threading.Thread(target=stream.close)
    closer.start()
    closer.join(0.02)
    proceed.set()
    for thread in (closer, reader):
        thread.join(DEADLINE)
        assert not thread.is_alive()
    assert results == [b""]


def test_a_port_that_dies():
    port = WindowsLikePort()
    stream = Ported(port)
    port.arriving.put(OSError(errno.EIO, "gone"))
    with pytest.raises(OSError, match="gone"):
        stream.read()
    stream.close()
    assert stream.read() == b""


class Slow(StreamTransport):
    """Somebody closes it while it opens."""

    def __init__(self, stream):
        super().__init__("slow://board")
        self.stream = stream

    def _connect(self, timeout):
        self.close()
        return self.stream


def test_a_close_while_it_opens_wins(pair):
    transport = Slow(pair[0])
    transport.open(1)
    assert transport.read() == b""
    with pytest.raises(ConnectionLostError):
        transport.write(b"x")
    assert pair[0].read() == b""


class Answering:
    """A stream whose other end answers a goodbye before the reader has left."""

    def __init__(self, answer):
        self.answer = answer
        self.said_goodbye = threading.Event()

    def read(self):
        self.said_goodbye.wait(DEADLINE)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer

    def close(self):
        self.said_goodbye.set()


class Polite(StreamTransport):
    def __init__(self, answer):
        super().__init__("polite://board")
        self.answer = answer

    def _connect(self, timeout):
        return Answering(self.answer)


@pytest.mark.parametrize("answer", [b"bye", EOFError("it hung up"), OSError(errno.ECONNRESET, "reset")])
def test_the_answer_to_a_goodbye_is_not_read(answer):
    transport = Polite(answer)
    transport.open(1)
    results = []
    reader = threading.Thread(target=lambda: results.append(transport.read()))
    reader.start()
    reader.join(0.05)
    transport.close()
    reader.join(DEADLINE)
    assert results == [b""]


@each(
    ("error", "problem"),
    [
        (OSError(errno.EIO, "Input/output error"), "the port is gone: unplugged, or the board was reset"),
        (OSError(errno.EPIPE, "Broken pipe"), "Broken pipe"),
        (OSError("words only"), "words only"),
        (EOFError("it hung up"), "it hung up"),
        (
            OSError("ClearCommError failed (PermissionError(13, '…', None, 22))"),
            "the port is gone: unplugged, or the board was reset",
        ),
        (OSError("Write timeout"), "the board took no byte for 10 s"),
    ],
)
def test_what_people_read(error, problem):
    assert problem_of(error) == problem


def test_silent_links_are_watched():
    listener = socket.create_server(("127.0.0.1", 0))
    sock = socket.create_connection(listener.getsockname())
    tune(sock)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    assert sock.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
    assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL) == 5
    sock.close()
    listener.close()
