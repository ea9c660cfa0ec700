"""How code gets to a board: what is chosen for which wire, memory and firmware."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel.errors import DeviceMemoryError
from iot_kernel.repl import code_sender as module
from iot_kernel.repl import execution_timeouts
from iot_kernel.repl.code_sender import CAREFUL, SMALL, CodeSender, wire_form
from iot_kernel.repl.connection import Connection
from iot_kernel.repl.halves import whole
from tests.scripted_board import BANNER, ScriptedBoard

PASTE = b"\x05A\x01"


class PastingBoard:
    """Takes code both ways and notes how it came; raw-paste is stock, missing or hangs."""

    def __init__(self, *, paste="stock", free=100_000):
        self.paste, self.free = paste, free
        self.came = []
        self._code = None
        self.board = ScriptedBoard(self._answer)
        self.connection = Connection(self.board.transport, on_stray=_drop, on_lost=_drop)
        self.connection.open(5.0)
        self.connection.enter(interrupt=True, timeout=10.0)

    def close(self):
        self.connection.close()
        self.board.close()

    def _answer(self, heard):
        if heard.endswith(PASTE):
            return self._asked()
        if self._code is not None:
            return self._pasting(heard)
        if heard.endswith(b"\x01"):
            return BANNER
        if heard.endswith(b"\x04"):
            self.came.append(("plain", heard[:-1]))
            return b"OK%d\r\n\x04\x04>" % self.free if b"mem_free" in heard else b"OK\x04\x04>"
        return None

    def _asked(self):
        if self.paste == "missing":
            return BANNER
        self._code = b""
        return b"R\x01\x80\x00\x01"

    def _pasting(self, heard):
        if self.paste == "hangs":
            if not heard.endswith(b"\x03\x01") and not heard.endswith(b"\x01"):
                return None
            self._code = None
            return BANNER
        self._code += heard
        if not self._code.endswith(b"\x04"):
            return b"\x01" * (len(heard) // 128 + 1)
        self.came.append(("paste", self._code[:-1]))
        self._code = None
        return b"\x04\x04\x04>"


def _drop(_):
    pass


@pytest.fixture
def board():
    boards = []

    def make(**options):
        boards.append(PastingBoard(**options))
        return boards[-1]

    yield make
    for each in boards:
        each.close()


def sent(board, size, *, burst, platform="esp32"):
    sender = CodeSender(board.connection)
    sender.adapt(platform, burst)
    board.came.clear()
    whole(sender.execution("x" * size, _drop))
    return [(how, len(code)) for how, code in board.came if b"mem_free" not in code and code != b"pass"]


@pytest.mark.parametrize(
    ("size", "burst", "how"),
    [
        (10, None, "plain"),
        (SMALL, None, "plain"),
        (20_000, None, "plain"),
        (30_000, None, "paste"),
        (255, 255, "plain"),
        (256, 255, "paste"),
        (5_000, 255, "paste"),
    ],
)
def test_choice(board, size, burst, how):
    assert sent(board(), size, burst=burst) == [(how, size)]


def test_firmware_without_raw_paste(board):
    assert sent(board(paste="missing"), 5_000, burst=255) == [("plain", 5_000)]


def test_firmware_that_hangs_in_raw_paste(board, monkeypatch):
    monkeypatch.setattr(execution_timeouts, "PASTE_TIMEOUT", 0.1)
    it = board(paste="hangs")
    sender = CodeSender(it.connection)
    sender.adapt("esp32", 255)
    whole(sender.execution("x" * 300, _drop))
    whole(sender.execution("y" * 300, _drop))
    assert it.came == [("plain", b"x" * 300), ("plain", b"y" * 300)]


@pytest.mark.parametrize("platform", sorted(module.NO_PASTE))
def test_firmware_that_must_not_be_asked_for_raw_paste(board, platform):
    it = board(paste="hangs")
    assert sent(it, 5_000, burst=255, platform=platform) == [("plain", 5_000)]
    assert PASTE not in it.board.heard


def test_the_board_is_asked_for_raw_paste_once(board):
    it = board()
    sender = CodeSender(it.connection)
    sender.adapt("esp32", 255)
    whole(sender.execution("x" * 300, _drop))
    whole(sender.execution("x" * 300, _drop))
    assert [code for how, code in it.came].count(b"pass") == 1


def test_code_that_does_not_fit(board):
    with pytest.raises(DeviceMemoryError) as raised:
        sent(board(paste="missing", free=4_000), 3_000, burst=255)
    assert (raised.value.size, raised.value.free) == (3_000, 4_000)


def test_before_the_board_is_known_bursts_are_small(board):
    it = board()
    whole(CodeSender(it.connection).execution("x" * 200, _drop))
    assert it.came == [("plain", b"x" * 200)]
    assert CAREFUL <= 32


@given(st.text(max_size=100))
def test_no_byte_of_the_raw_repl_is_sent_in_code(code):
    assert not set(wire_form(code)) & {0, 1, 2, 3, 4, 5}


def test_wire_form_keeps_strings():
    assert wire_form("'\x03'\r\n'\x05'") == b"'\\x03'\n'\\x05'"
