"""A stop that nobody waits for."""

import queue

import pytest

from iot_kernel.device.orphaned_stop import let_go
from iot_kernel.errors import NotConnectedError

STANDS = b"s(7,True,1,'breakpoint','',[3])"
THREAD_STANDS = b"s(7,False,2,'breakpoint','',[3])"


class Board:
    """Notes what it gets."""

    def __init__(self, error=None):
        self.error = error
        self.requests = 0
        self.lines = queue.Queue()

    def note_request(self):
        self.requests += 1

    def command(self, line):
        self.lines.put(line)
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize("error", [None, NotConnectedError()])
def test_the_main_thread_is_let_go(error):
    board = Board(error)
    let_go(board, STANDS)
    assert board.lines.get(timeout=10) == "0 let_go()"
    assert board.requests == 1


@pytest.mark.parametrize("data", [THREAD_STANDS, b"g()", b"a('1',None)", b"", b"s(\xff"])
def test_nothing_is_said_to_others(data):
    board = Board()
    let_go(board, data)
    assert board.requests == 0
    assert board.lines.empty()
