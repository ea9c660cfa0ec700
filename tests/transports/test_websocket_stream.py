"""What a websocket does besides carrying bytes: frame sizes, pings, goodbyes."""

import socket
import threading

import pytest

from iot_kernel.transports.websocket_frames import FrameError
from iot_kernel.transports.websocket_stream import BURST, WebSocketStream

DEADLINE = 30.0


@pytest.fixture
def pair():
    ours, theirs = socket.socketpair()
    theirs.settimeout(DEADLINE)
    stream = WebSocketStream(ours)
    yield stream, theirs
    stream.close()
    theirs.close()


def take(sock, count):
    data = bytearray()
    while len(data) < count:
        data += sock.recv(count - len(data))
    return bytes(data)


def take_frame(sock):
    first, second = take(sock, 2)
    size = second & 0x7F
    if size == 126:
        size = int.from_bytes(take(sock, 2), "big")
    mask = take(sock, 4)
    return first, bytes(value ^ mask[at % 4] for at, value in enumerate(take(sock, size)))


def test_frames_are_never_larger_than_the_boards_buffer(pair):
    stream, theirs = pair
    stream.write(bytes(2 * BURST + 1))
    assert [len(take_frame(theirs)[1]) for _ in range(3)] == [BURST, BURST, 1]


def test_invalid_utf8_arrives_as_it_is(pair):
    stream, theirs = pair
    theirs.sendall(b"\x81\x02\xc3\x28\x82\x01\xff")
    assert stream.read() == b"\xc3\x28\xff"


def test_a_read_gives_all_frames_that_have_arrived(pair):
    stream, theirs = pair
    theirs.sendall(b"\x81\x01a\x81\x01b\x81\x01c")
    assert stream.read() == b"abc"


def test_half_a_frame_is_given_at_once(pair):
    stream, theirs = pair
    theirs.sendall(b"\x81\x7e\x10\x00first")
    assert stream.read() == b"first"


def test_pings_are_answered_while_reading(pair):
    stream, theirs = pair
    theirs.sendall(b"\x89\x04live\x81\x01x")
    assert stream.read() == b"x"
    assert take_frame(theirs) == (0x8A, b"live")


def test_a_ping_does_not_make_the_reader_wait_for_a_writer(pair):
    stream, theirs = pair
    frames = 25_000
    writer = threading.Thread(target=stream.write, args=(bytes(frames * BURST),))
    writer.start()
    take(theirs, 1)  # the writer is at it, and soon waits for us
    theirs.sendall(b"\x89\x01?\x81\x01x")
    assert stream.read() == b"x"
    take(theirs, frames * (BURST + 8) - 1)
    assert take_frame(theirs) == (0x8A, b"?")
    writer.join(DEADLINE)
    assert not writer.is_alive()


def test_pongs_nobody_asked_for_are_ignored(pair):
    stream, theirs = pair
    theirs.sendall(b"\x8a\x00\x81\x01x")
    assert stream.read() == b"x"


def test_a_close_frame_is_the_end_after_what_came_before_it(pair):
    stream, theirs = pair
    theirs.sendall(b"\x81\x03end\x88\x02\x03\xe8")
    assert stream.read() == b"end"
    with pytest.raises(EOFError):
        stream.read()


def test_it_says_goodbye(pair):
    stream, theirs = pair
    stream.close()
    assert take_frame(theirs) == (0x88, b"\x03\xe8")
    assert theirs.recv(1) == b""


def test_what_is_put_back_comes_first(pair):
    stream, theirs = pair
    stream.unread(b">>> ")
    theirs.sendall(b"\x81\x01x")
    assert stream.read() == b">>> "
    assert stream.read() == b"x"


def test_what_is_no_websocket_is_an_error(pair):
    stream, theirs = pair
    theirs.sendall(b"SSH-2.0")
    with pytest.raises(FrameError):
        stream.read()
