"""A board and its lines: who sees what, and how it ends."""

import threading
import time

import pytest

from iot_kernel.errors import ConnectionLostError
from iot_kernel.virtual_board.board import RECEIVED_LIMIT, Line, Terminal, VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.transport import power_on
from iot_kernel.virtual_board.wire import WireSpeed
from tools import boards

pytestmark = pytest.mark.board

DEADLINE = 30.0


class Witness(Line):
    """Takes down what the board does to a line."""

    def __init__(self, board):
        self.seen = bytearray()
        self.resets = 0
        self.closed = threading.Event()
        board.attach(self)

    def deliver(self, data):
        self.seen += data

    def reset(self):
        self.resets += 1

    def close(self):
        self.closed.set()


@pytest.fixture
def board(tmp_path):
    options = BoardOptions(dir=tmp_path, micropython=str(boards.micropython()))
    with VirtualBoard(power_on("sim://x", options, DEADLINE)) as board:
        yield board
    assert not [thread for thread in threading.enumerate() if thread.name == "virtual board"]


def hear(terminal, mark):
    heard = b""
    while mark not in heard:
        heard += terminal.read()
    return heard


def test_a_reset_reaches_every_line(board):
    terminal = Terminal(board)  # first: a board speaks as soon as it has a line
    witness = Witness(board)
    hear(terminal, b">>> ")
    board.type(b"\x04")
    hear(terminal, b">>> ")
    assert witness.resets == 1


def test_stopping_closes_every_line(board):
    terminal = Terminal(board)
    witness = Witness(board)
    board.stop()
    board.stop()
    assert witness.closed.is_set()
    while terminal.read():  # what it had said
        pass
    board.type(b"lost\r")


def test_death_is_told_to_who_reads_and_who_writes(board):
    terminal = Terminal(board)
    hear(terminal, b">>> ")
    terminal.write(b"import os; os.system('kill -9 $PPID')\r")
    with pytest.raises(ConnectionLostError):
        hear(terminal, b"never")
    with pytest.raises(ConnectionLostError):
        terminal.write(b"x")


def test_a_terminal_nobody_reads_holds_the_board_up_and_loses_nothing(board):
    terminal = Terminal(board)
    hear(terminal, b">>> ")
    size = 2 * RECEIVED_LIMIT
    terminal.write(f"import sys; print(sys.stdout.buffer.write(b'x' * {size}))\r".encode())
    time.sleep(0.2)
    assert hear(terminal, b">>> ").count(b"x") >= size


def test_a_slow_terminal_is_stopped_at_once(board):
    terminal = Terminal(board, WireSpeed(rate=1000))
    board.type(b"while True: print('x' * 1000)\r\r")
    writer = threading.Thread(target=terminal.write, args=(b"y" * 100_000,))
    writer.start()
    writer.join(0.2)
    assert writer.is_alive(), "the wire takes a thousand bytes a second"
    board.stop()
    writer.join(DEADLINE)
    assert not writer.is_alive()


def test_a_full_input_buffer_still_hears_an_interrupt(board):
    terminal = Terminal(board, buffer=64)
    hear(terminal, b">>> ")
    terminal.write(b"while True: pass\r\r")
    hear(terminal, b"... \r\n")
    for _ in range(20):
        terminal.write(b"x" * 100)
        terminal.write(b"y" * 100 + b"\x03" + b"z" * 100)
        time.sleep(0.01)
    assert b"KeyboardInterrupt" in hear(terminal, b"KeyboardInterrupt")
