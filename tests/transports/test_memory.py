"""The in-memory pair beyond the shared contract: names, delay, capacity, and the two ways to end."""

import threading
import time

import pytest

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.transports import create_transport
from tests.transports.memory import MemoryTransport


def joined(name="board", **options):
    transport, board = MemoryTransport.pair(name, **options)
    transport.open(1)
    return transport, board


def test_a_url_reaches_the_board_of_that_name():
    _, board = MemoryTransport.pair("kitchen")
    transport = create_transport("memory://kitchen")
    transport.open(1)
    transport.write(b"hello")
    assert board.read(10) == b"hello"
    transport.close()


def test_a_later_pair_takes_the_name():
    _, first = MemoryTransport.pair("twin")
    _, second = MemoryTransport.pair("twin")
    first.close()
    transport = create_transport("memory://twin")
    transport.open(1)
    second.write(b"second")
    assert transport.read() == b"second"
    transport.close()


@pytest.mark.parametrize("end", ["nobody", "taken", "closed"])
def test_a_name_without_a_free_end_is_missing(end):
    for name in ("taken", "closed"):
        transport, board = MemoryTransport.pair(name)
        if name == "taken":
            transport.open(1)
        board.close()
    with pytest.raises(ConnectError, match=rf"memory://{end}: .*MemoryTransport.pair") as caught:
        MemoryTransport(f"memory://{end}").open(1)
    assert caught.value.reason is ConnectReason.MISSING


def test_a_delay_moves_bytes_later_and_keeps_their_order():
    transport, board = joined(delay=0.05)
    started = time.monotonic()
    for number in range(10):
        board.write(bytes([number]))
    received = b""
    while len(received) < 10:
        received += transport.read()
    assert received == bytes(range(10))
    assert time.monotonic() - started >= 0.05
    transport.close()


def test_a_full_pipe_blocks_its_writer_until_the_other_side_reads():
    transport, board = joined(capacity=4)
    writer = threading.Thread(target=transport.write, args=(b"0123456789",))
    writer.start()
    received = b""
    while len(received) < 10:
        piece = board.read(10)
        assert len(piece) <= 4
        received += piece
    writer.join(10)
    assert received == b"0123456789"
    transport.close()


def test_close_frees_a_blocked_writer():
    transport, _ = joined(capacity=1)
    problems = []

    def write():
        try:
            transport.write(b"too much")
        except ConnectionLostError as problem:
            problems.append(problem)

    writer = threading.Thread(target=write)
    writer.start()
    transport.close()
    writer.join(10)
    assert len(problems) == 1


def test_a_board_that_closes_is_read_to_its_end():
    transport, board = joined(delay=0.01)
    board.write(b"last words")
    board.close()
    assert transport.read() == b"last words"
    with pytest.raises(ConnectionLostError):
        transport.read()


def test_a_cut_loses_what_was_under_way():
    transport, board = joined(delay=60)
    board.write(b"never seen")
    board.cut()
    with pytest.raises(ConnectionLostError):
        transport.read()


def test_the_board_sees_the_end_and_a_silent_host():
    transport, board = joined()
    with pytest.raises(TimeoutError):
        board.read(0.01)
    transport.write(b"bye")
    transport.close()
    assert board.read(10) == b"bye"
    assert board.read(10) == b""
    board.write(b"nobody listens")
