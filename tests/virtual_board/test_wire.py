"""Emulated wires: what they slow down, and what they leave alone."""

import threading
import time

import pytest

from iot_kernel.virtual_board.wire import IDEAL, OUTPUT_BUFFER, USB, Lane, Wire, WireSpeed, parse_link
from tests.each import each

DEADLINE = 30.0


class Far:
    """Where a lane ends."""

    def __init__(self):
        self.pieces = []
        self.times = []
        self.arrived = threading.Condition()

    def take(self, data):
        with self.arrived:
            self.pieces.append(data)
            self.times.append(time.monotonic())
            self.arrived.notify_all()

    def wait(self, size):
        with self.arrived:
            assert self.arrived.wait_for(lambda: sum(map(len, self.pieces)) >= size, DEADLINE)
        return b"".join(self.pieces)


def carried(link, data):
    """Seconds from the first byte sent to the last arrived."""
    far = Far()
    lane = Lane(link, far.take, "test")
    started = time.monotonic()
    lane.carry(data)
    assert far.wait(len(data)) == data
    lane.close()
    return far.times[-1] - started


def test_names():
    assert parse_link("usb") is USB
    assert parse_link("ideal") is IDEAL
    assert parse_link("115200").rate == 11520


@each("text", ["", "fast", "-1", "115200.0", "²", "99999999999"])
def test_no_names(text):
    with pytest.raises(ValueError, match="baud rate"):
        parse_link(text)


def test_rate_and_order():
    data = bytes(range(256)) * 8
    assert carried(WireSpeed(rate=20_000), data) >= len(data) / 20_000


def test_delay_is_once_and_not_for_every_byte():
    slow, fast = carried(WireSpeed(1e6, 0.1), b"x" * 1000), carried(WireSpeed(1e6, 0.001), b"x" * 1000)
    assert 0.1 < slow < fast + 10 * 0.1


def test_a_full_lane_blocks_its_sender():
    far = Far()
    lane = Lane(WireSpeed(rate=1000), far.take, "test")
    sender = threading.Thread(target=lane.carry, args=(bytes(2 * OUTPUT_BUFFER),))
    sender.start()
    sender.join(0.1)
    assert sender.is_alive()
    lane.close()  # what is left is lost
    sender.join(DEADLINE)
    assert not sender.is_alive()


def test_closing_twice_and_from_the_lane_itself():
    done = threading.Event()
    lane = Lane(WireSpeed(rate=1e6), lambda _: (lane.close(), done.set()), "test")
    lane.carry(b"x")
    assert done.wait(DEADLINE)
    lane.close()
    lane.close()
    lane.carry(b"lost")


def test_an_ideal_wire_is_two_calls():
    host, board = Far(), Far()
    wire = Wire(IDEAL, host.take, board.take)
    wire.to_host(b"a")
    wire.to_board(b"b")
    assert (host.pieces, board.pieces) == ([b"a"], [b"b"])
    wire.close()


def test_both_directions_at_once():
    host, board = Far(), Far()
    wire = Wire(WireSpeed(rate=50_000), host.take, board.take)
    wire.to_host(b"h" * 4000)
    wire.to_board(b"b" * 4000)
    assert (host.wait(4000), board.wait(4000)) == (b"h" * 4000, b"b" * 4000)
    wire.close()
