"""The contract that every transport fulfils, whatever carries its bytes."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.transports import create_transport
from tests.each import each
from tests.transports.board_far import VirtualFar, WebSocketFar
from tests.transports.far import DEADLINE, FarEnd, MemoryFar, Rfc2217Far, SocketFar, TerminalFar
from tests.transports.ssh_far import SshFar
from tests.transports.webrepl_far import WebReplFar

FAR_ENDS = {
    "memory": MemoryFar,
    "serial": TerminalFar,
    "socket": SocketFar,
    "rfc2217": Rfc2217Far,
    "webrepl": WebReplFar,
    "micropython's websocket": WebSocketFar,
    "sim": VirtualFar,
    "ssh_server": SshFar,
}

EVERY_BYTE = bytes(range(256))
MEGABYTE = EVERY_BYTE * 4096

# pyserial 3.5 starts its rfc2217 thread by methods that Python calls old
pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")


@pytest.fixture(params=FAR_ENDS)
def far(request, monkeypatch):
    kind = FAR_ENDS[request.param]
    if kind is SshFar:
        kind.prepare_client(request.getfixturevalue("ssh_server"), monkeypatch)
    end = kind()
    yield end
    end.stop()


@pytest.fixture
def transport(far):
    made = create_transport(far.url, password=far.password)
    yield made
    made.close()


@pytest.fixture
def link(far, transport):
    return opened(far, transport)


def opened(far, transport):
    transport.open(DEADLINE)
    far.prepare(transport)
    return transport


def read_exactly(transport, count):
    received = bytearray()
    while len(received) < count:
        data = transport.read()
        assert data, "the transport ended early"
        received += data
    assert len(received) == count
    return bytes(received)


class Reader(threading.Thread):
    """Reads once in a thread of its own."""

    def __init__(self, transport):
        super().__init__(name="reader")
        self.transport = transport
        self.data = None
        self.problem = None
        self.start()

    def run(self):
        try:
            self.data = self.transport.read()
        except Exception as problem:
            self.problem = problem

    def finish(self):
        self.join(DEADLINE)
        assert not self.is_alive(), "read was not woken"


def descriptors():
    return len(list(Path("/dev/fd").iterdir()))


def test_making_one_touches_nothing(far: FarEnd):
    before = descriptors(), threading.active_count()
    transport = create_transport(far.url, password=far.password)
    assert (descriptors(), threading.active_count()) == before
    assert transport.url == far.url


def test_before_open_nothing_can_be_written(transport):
    with pytest.raises(ConnectionLostError, match="not open"):
        transport.write(b"x")
    transport.close()


def test_bytes_go_both_ways(far, link):
    link.write(b"ping")
    assert far.receive(4) == b"ping"
    far.send(b"pong")
    assert read_exactly(link, 4) == b"pong"


def test_every_byte_value_goes_both_ways(far, link):
    link.write(EVERY_BYTE)
    assert far.receive(256) == EVERY_BYTE
    far.send(EVERY_BYTE)
    assert read_exactly(link, 256) == EVERY_BYTE
    for value in EVERY_BYTE:  # alone too: a frame, a packet or a line of one byte
        far.send(bytes([value]))
        assert read_exactly(link, 1) == bytes([value])


def test_what_has_arrived_comes_at_once_and_in_order(far, link):
    pieces = [b"%d;" % number for number in range(1000)]
    for piece in pieces:
        far.send(piece)
    assert read_exactly(link, len(b"".join(pieces))) == b"".join(pieces)


def test_read_waits_for_data(far, link):
    reader = Reader(link)
    reader.join(0.05)
    assert reader.is_alive()
    far.send(b"late")
    reader.finish()
    assert reader.data
    assert b"late".startswith(reader.data)


def test_close_wakes_a_blocked_read(link):
    reader = Reader(link)
    reader.join(0.05)
    link.close()
    reader.finish()
    assert reader.data == b""


def test_close_at_any_moment_of_a_read(far):
    for delay in (0, 1e-5, 1e-4, 1e-3, 1e-2):
        end = type(far)()
        transport = opened(end, create_transport(end.url, password=end.password))
        reader = Reader(transport)
        time.sleep(delay)
        transport.close()
        reader.finish()
        assert (reader.data, reader.problem) == (b"", None)
        end.stop()


def test_close_frees_a_blocked_writer(far, link):
    far.listens.clear()
    problems = []

    def write():
        try:
            for _ in range(100):
                link.write(MEGABYTE)
        except ConnectionLostError as problem:
            problems.append(problem)

    writer = threading.Thread(target=write)
    writer.start()
    writer.join(0.05)
    link.close()
    writer.join(DEADLINE)
    assert not writer.is_alive()
    assert len(problems) == 1


def test_close_is_for_ever_and_twice_is_fine(link):
    link.close()
    link.close()
    assert link.read() == b""
    assert link.read() == b""
    with pytest.raises(ConnectionLostError):
        link.write(b"x")


def test_the_other_end_goes_away_under_a_read(far, link):
    reader = Reader(link)
    reader.join(0.05)
    far.vanish()
    reader.finish()
    assert isinstance(reader.problem, ConnectionLostError), reader.data
    assert link.url in str(reader.problem)


def test_the_other_end_goes_away_under_writes(far, link):
    far.vanish()
    deadline = time.monotonic() + DEADLINE
    with pytest.raises(ConnectionLostError):
        while time.monotonic() < deadline:
            link.write(b"anyone there?")
    link.close()
    assert link.read() == b""


def test_close_from_several_threads_at_once(link):
    closers = [threading.Thread(target=link.close) for _ in range(4)]
    for closer in closers:
        closer.start()
    for closer in closers:
        closer.join(DEADLINE)
    assert not any(closer.is_alive() for closer in closers)
    assert link.read() == b""


def test_a_megabyte_arrives_whole_at_a_slow_board(far, link):
    far.pause = 0.001
    writer = threading.Thread(target=link.write, args=(MEGABYTE,))
    writer.start()
    assert far.receive(len(MEGABYTE)) == MEGABYTE
    writer.join(DEADLINE)
    assert not writer.is_alive()


def test_a_slow_reader_gets_everything(far, link):
    sent = MEGABYTE[: 256 * 1024]
    sender = threading.Thread(target=far.send, args=(sent,))
    sender.start()
    received = bytearray()
    while len(received) < len(sent):
        received += link.read()
        time.sleep(0.001)
    sender.join(DEADLINE)
    assert received == sent


def test_both_directions_at_once(far, link):
    sent = MEGABYTE[: 128 * 1024]
    sender = threading.Thread(target=far.send, args=(sent,))
    writer = threading.Thread(target=link.write, args=(sent[::-1],))
    sender.start()
    writer.start()
    assert read_exactly(link, len(sent)) == sent
    assert far.receive(len(sent)) == sent[::-1]
    sender.join(DEADLINE)
    writer.join(DEADLINE)


def test_two_writers_take_turns(far, link):
    writers = [threading.Thread(target=link.write, args=(letter * 5000,)) for letter in (b"a", b"b")]
    for writer in writers:
        writer.start()
    arrived = far.receive(10_000)
    for writer in writers:
        writer.join(DEADLINE)
    assert arrived in (b"a" * 5000 + b"b" * 5000, b"b" * 5000 + b"a" * 5000)


def test_nothing_is_left_open(far):
    before = threading.active_count()
    open_before = descriptors()
    transport = opened(far, create_transport(far.url, password=far.password))
    transport.write(b"x")
    far.receive(1)
    transport.close()
    far.stop()
    assert threading.active_count() <= before
    assert descriptors() <= open_before


@each(
    ("url", "reason"),
    [
        ("memory://nobody", ConnectReason.MISSING),
        ("serial:///dev/ttyNOSUCH7", ConnectReason.MISSING),
        ("hwgrep://no such port", ConnectReason.MISSING),
        ("socket://127.0.0.1:9", ConnectReason.REFUSED),
        ("rfc2217://127.0.0.1:9", ConnectReason.REFUSED),
        ("socket://no-such-host.invalid:9", ConnectReason.MISSING),
        ("rfc2217://no-such-host.invalid:9", ConnectReason.MISSING),
        ("ws://127.0.0.1:9", ConnectReason.REFUSED),
        ("wss://127.0.0.1:9", ConnectReason.REFUSED),
        ("ws://no-such-host.invalid:9", ConnectReason.MISSING),
    ],
)
def test_a_board_that_is_not_there(url, reason):
    before = descriptors()
    transport = create_transport(url)
    with pytest.raises(ConnectError) as caught:
        transport.open(DEADLINE)
    assert caught.value.reason is reason
    assert str(caught.value).startswith(url)
    transport.close()
    assert transport.read() == b""
    assert descriptors() == before


@each("url", ["tty:///dev/ttyACM0", "/dev/ttyACM0", "serial", ""])
def test_an_unknown_scheme_names_the_known_ones(url):
    with pytest.raises(ConnectError, match=r"serial://, .*ws://.*sim://") as caught:
        create_transport(url)
    assert caught.value.reason is ConnectReason.UNSUPPORTED


def test_direct_reading_where_there_is_any(far, link):
    """Only streams over descriptors have it; afterwards the thread that reads goes on."""
    reader = Reader(link)
    if sys.platform == "linux" and type(far) in (TerminalFar, SocketFar):
        while not link.begin_direct():
            time.sleep(0.001)  # the reader is on its way
        far.send(b"direct")
        received = b""
        while len(received) < len(b"direct"):
            received += link.read_direct(DEADLINE)
        assert (received, reader.data) == (b"direct", None)
    else:
        assert not link.begin_direct()
    link.wake()
    link.end_direct()
    far.send(b"usual")
    reader.finish()
    assert reader.data
    assert b"usual".startswith(reader.data)


def test_nobody_reads_directly_what_is_not_open(far, transport):
    for is_closed in (False, True):
        if is_closed:
            opened(far, transport).close()
        assert not transport.begin_direct()
        transport.end_direct()
        transport.wake()


@each(
    "url",
    [
        "sim://x?boot=soon",
        "sim://x?nothing=1",
        "serial:///dev/null?baud=fast",
        "ws://nowhere.invalid:port",
        "ssh://nowhere.invalid",
    ],
)
def test_a_url_is_understood_before_anything_is_touched(url):
    """Nobody is asked, and no name is looked up: the same error as from `open`, at once."""
    transport = create_transport(url)
    with pytest.raises(ConnectError) as checked:
        transport.check()
    with pytest.raises(ConnectError) as opened:
        transport.open(DEADLINE)
    assert str(checked.value) == str(opened.value)
