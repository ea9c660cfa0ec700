"""Each board is what its fixture says: dialogues over a plain socket, with nothing of the project between."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from iot_kernel.errors import ConnectionLostError
from iot_kernel.transports import create_transport
from tests.real_boards.board import Board
from tests.real_boards.virtual import VirtualBoard

FINISHED = b"\x04>"
LIMIT_SECONDS = 30.0


class Dialogue:
    """Says bytes to a board and reads until it has answered what is expected."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        link.settimeout(LIMIT_SECONDS)

    def say(self, sent: bytes, until: bytes = FINISHED) -> bytes:
        self.link.sendall(sent)
        heard = b""
        while not heard.endswith(until):
            chunk = self.link.recv(4096)
            assert chunk, f"the board hung up after {heard!r}"
            heard += chunk
        return heard


@pytest.fixture(params=["microbit", "wasm"])
def board(request: pytest.FixtureRequest) -> Board:
    return request.getfixturevalue(request.param)


@pytest.fixture
def dialogue(board: Board) -> Iterator[Dialogue]:
    with board.connect() as link:
        yield Dialogue(link)


@pytest.mark.board
class TestRawRepl:
    def test_ctrl_a_enters_it(self, dialogue: Dialogue) -> None:
        assert dialogue.say(b"\x01", until=b"\n>") == b"\r\nraw REPL; CTRL-B to exit\r\n>"

    def test_runs_code(self, dialogue: Dialogue) -> None:
        dialogue.say(b"\x01", until=b"\n>")
        assert dialogue.say(b"print(6 * 7)\x04").replace(b"\r", b"") == b"OK42\n\x04\x04>"

    def test_reports_an_exception(self, dialogue: Dialogue) -> None:
        dialogue.say(b"\x01", until=b"\n>")
        heard = dialogue.say(b"1/0\x04")
        assert heard.startswith(b"OK\x04Traceback (most recent call last):\r\n")
        assert b"ZeroDivisionError" in heard

    def test_an_endless_loop_can_be_interrupted(self, dialogue: Dialogue) -> None:
        dialogue.say(b"\x01", until=b"\n>")
        dialogue.say(b"print('on')\nwhile True: pass\x04", until=b"\n")
        assert b"KeyboardInterrupt" in dialogue.say(b"\x03")

    def test_a_soft_reset_forgets_variables(self, dialogue: Dialogue) -> None:
        dialogue.say(b"\x01", until=b"\n>")
        dialogue.say(b"x = 1\x04")
        assert b"soft reboot\r\nraw REPL; CTRL-B to exit\r\n>" in dialogue.say(b"\x04", until=b"\n>")
        assert b"NameError" in dialogue.say(b"x\x04")

    def test_the_board_runs_on_when_its_client_hangs_up(self, board: Board) -> None:
        with board.connect() as link:
            dialogue = Dialogue(link)
            dialogue.say(b"\x01", until=b"\n>")
            dialogue.say(b"x = 5\x04")
        with board.connect() as link:
            assert b"OK5" in Dialogue(link).say(b"print(x)\x04")


@pytest.mark.board
class TestPower:
    def test_a_board_that_is_off_cannot_be_reached(self, board: Board) -> None:
        with board.connect() as link:
            Dialogue(link).say(b"\r", until=b">>> ")
            board.kill()
            assert link.recv(1) == b""
        with pytest.raises(ConnectionRefusedError):
            board.connect()

    def test_the_address_stays_when_it_is_switched_on_again(self, board: Board) -> None:
        url = board.url
        board.restart()
        assert board.url == url
        with board.connect() as link:
            assert Dialogue(link).say(b"\r", until=b">>> ")


@pytest.mark.board
class TestRenewal:
    """A board that was just switched on, for the next test."""

    SETS = b"x = 1\nopen('mine', 'w').close()\n"

    def test_nothing_of_the_old_one_is_left(self, board: Board) -> None:
        with board.connect() as link:
            dialogue = Dialogue(link)
            dialogue.say(b"\x01", until=b"\n>")
            assert dialogue.say(self.SETS + b"\x04").startswith(b"OK")
            board.renew()
            assert link.recv(1) == b"", "its client was not cut off"
        with board.connect() as link:
            dialogue = Dialogue(link)
            dialogue.say(b"\x01", until=b"\n>")
            assert b"OKFalse" in dialogue.say(b"print('x' in globals())\x04")
            assert b"OSError" in dialogue.say(b"open('mine')\x04")

    @pytest.mark.parametrize("code", [b"while True: pass", b"import js\nh = js.setInterval(print, 5)"])
    def test_one_that_is_busy_is_switched_off(self, wasm: Board, code: bytes) -> None:
        with wasm.connect() as link:
            dialogue = Dialogue(link)
            dialogue.say(b"\x01", until=b"\n>")
            dialogue.say(code + b"\x04", until=b"OK")
        wasm.renew()
        with wasm.connect() as link:
            assert Dialogue(link).say(b"\r", until=b">>> ")
            link.settimeout(0.2)
            with pytest.raises(TimeoutError):
                link.recv(1)


@pytest.mark.board
class TestRawPaste:
    def test_microbit_has_none_and_enters_the_raw_repl_instead(self, microbit: Board) -> None:
        with microbit.connect() as link:
            dialogue = Dialogue(link)
            dialogue.say(b"\x01", until=b"\n>")
            assert dialogue.say(b"\x05A\x01", until=b"\n>") == b"raw REPL; CTRL-B to exit\r\n>"

    def test_wasm_claims_it_and_hangs_until_it_is_switched_off(self, wasm: Board) -> None:
        with wasm.connect() as link:
            dialogue = Dialogue(link)
            dialogue.say(b"\x01", until=b"\n>")
            assert dialogue.say(b"\x05A\x01", until=b"\x04") == b"R\x01\x80\x00\x01\x04"
            link.settimeout(0.5)
            with pytest.raises(TimeoutError):
                dialogue.say(b"\x04\x03\x02\r")
        wasm.restart()
        with wasm.connect() as link:
            assert Dialogue(link).say(b"\r", until=b">>> ")


@pytest.mark.board
class TestVirtualBoard:
    def test_runs_while_its_address_is_open(self, unix: VirtualBoard) -> None:
        transport = create_transport(unix.url)
        transport.open(LIMIT_SECONDS)
        assert len(unix.processes()) == 1
        transport.close()
        assert unix.processes() == []

    def test_its_plug_can_be_pulled(self, unix: VirtualBoard) -> None:
        transport = create_transport(unix.url)
        transport.open(LIMIT_SECONDS)
        unix.kill()
        with pytest.raises(ConnectionLostError):
            while transport.read():
                pass
        transport.close()
