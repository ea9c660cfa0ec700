"""The reader: frames of which a part has come, and this computer that stands still meanwhile."""

import threading
import time

import pytest

from iot_kernel.protocol.frames import Damaged, Frame, encode
from iot_kernel.repl import reader as module
from iot_kernel.repl import standstill
from iot_kernel.repl.reader import Reader
from tests.transports.memory import MemoryTransport

PATIENCE = 0.1
FRAME = Frame(1, 0, b"data")
BYTES = encode(FRAME)


class Clock:
    """Stands for the module `time`."""

    stood = 0.0

    def monotonic(self):
        return time.monotonic() + self.stood


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    monkeypatch.setattr(module, "FRAME_PATIENCE", PATIENCE)
    return clock


class Taken:
    """A reader, and what it hands on."""

    def __init__(self):
        self.items, self.came = [], threading.Event()
        transport, _ = MemoryTransport.pair("reader")
        self.reader = Reader(transport, self._take, lambda error: None)

    def _take(self, items):
        self.items += items
        if self.items:
            self.came.set()


def test_what_began_like_a_frame_and_does_not_go_on_is_text(clock):
    taken = Taken()
    taken.reader.take_direct(BYTES[:-2])
    assert taken.came.wait(30)
    assert taken.items == [Damaged(), BYTES[:-2]]


def test_a_frame_goes_on_after_this_computer_stood_still(clock, monkeypatch):
    monkeypatch.setattr(standstill, "LONGEST_LOOK", 30.0)
    taken = Taken()
    taken.reader.take_direct(BYTES[:-2])
    clock.stood = 70.0
    assert not taken.came.wait(2 * PATIENCE)
    taken.reader.take_direct(BYTES[-2:])
    assert taken.items == [FRAME]
    taken.reader._timer.cancel()


def test_a_frame_that_does_not_go_on_after_this_computer_stood_still_is_text_in_the_end(clock):
    taken = Taken()
    taken.reader.take_direct(BYTES[:-2])
    clock.stood = 70.0
    assert taken.came.wait(30)
    assert taken.items == [Damaged(), BYTES[:-2]]
