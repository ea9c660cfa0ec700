"""A virtual board's WebREPL, as a plain websocket client sees it."""

import time

import pytest
import websocket

from tests.free_ports import free_port
from tests.real_boards import kinds
from tests.virtual_board.firmware.dialogue import DEADLINE, Dialogue

pytestmark = pytest.mark.board

PASSWORD = "open sesa"  # nine characters, the most there can be


class Client:
    """A client that has said nothing yet."""

    def __init__(self, port):
        self.socket = websocket.create_connection(
            f"ws://127.0.0.1:{port}/", timeout=DEADLINE, skip_utf8_validation=True
        )
        self._heard = b""

    def hear(self, mark):
        while mark not in self._heard:
            self._heard += self._text()
        heard, _, self._heard = self._heard.partition(mark)
        return heard + mark

    def _text(self):
        opcode, data = self.socket.recv_data()
        assert opcode == websocket.ABNF.OPCODE_TEXT
        return data

    def say(self, data):
        self.socket.send(data, websocket.ABNF.OPCODE_TEXT)

    def log_in(self, password=PASSWORD):
        assert self.hear(b": ") == b"Password: "
        self.say(password.encode() + b"\r")
        return self

    def gone(self):
        with pytest.raises((websocket.WebSocketConnectionClosedException, ConnectionError)):
            while True:
                self.socket.recv()

    def close(self):
        self.socket.close()


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def board(tmp_path, port):
    with kinds.unix(tmp_path / "board", webrepl=str(port), password=PASSWORD) as board:
        yield board
        assert board.processes() == []


@pytest.fixture
def terminal(board):
    """The board's own terminal, at its prompt."""
    terminal = Dialogue(board.url)
    terminal.hear(b">>> ")
    yield terminal
    terminal.close()


@pytest.fixture
def client(terminal, port):
    client = Client(port).log_in()
    client.hear(b"\r\nWebREPL connected\r\n>>> ")
    yield client
    client.close()


class TestLogin:
    def test_wrong_password(self, terminal, port):
        client = Client(port).log_in("guess")
        client.hear(b"\r\nAccess denied\r\n")
        client.gone()
        client.close()

    def test_a_password_that_only_begins_right(self, terminal, port):
        client = Client(port).log_in(PASSWORD + "me")
        client.hear(b"Access denied")
        client.close()

    def test_no_output_before_login(self, terminal, port):
        client = Client(port)
        client.hear(b"Password: ")
        terminal.ask(b"print('secret')\r", b"\r\nsecret\r\n>>> ")
        client.say(PASSWORD.encode() + b"\r")
        assert client.hear(b">>> ") == b"\r\nWebREPL connected\r\n>>> "
        client.close()

    def test_a_second_client_is_turned_away(self, client, port):
        with pytest.raises((websocket.WebSocketException, ConnectionError)):
            Client(port)
        client.say(b"1+1\r")
        client.hear(b"2\r\n>>> ")

    def test_the_next_client_is_welcome(self, client, port):
        client.close()
        deadline = time.monotonic() + DEADLINE
        while True:
            try:
                again = Client(port).log_in()
                break
            except (websocket.WebSocketException, ConnectionError):
                assert time.monotonic() < deadline
        again.hear(b"connected")
        again.close()

    def test_a_request_that_is_no_websocket(self, terminal, port):
        import urllib.error
        import urllib.request

        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=DEADLINE)
        assert caught.value.code == 426
        caught.value.close()


class TestTerminal:
    def test_is_shared_with_the_boards_own(self, client, terminal):
        client.say(b"6*7\r")
        assert client.hear(b"42\r\n>>> ") == b"6*7\r\n42\r\n>>> "
        terminal.expect(b"6*7\r\n42\r\n>>> ")
        terminal.say(b"6*8\r")
        client.hear(b"48\r\n>>> ")

    def test_raw_repl(self, client, terminal):
        client.say(b"\x01")
        client.hear(b"exit\r\n>")
        client.say(b"import sys\n_ = sys.stdout.buffer.write(bytes(range(256)))\x04")
        client.hear(b"OK" + bytes(range(256)))

    def test_interrupt(self, client):
        client.say(b"while True: print('go')\r\r")
        client.hear(b"\ngo")
        client.say(b"\x03")
        client.hear(b"KeyboardInterrupt")

    def test_megabytes_of_output(self, client):
        client.say(b"for i in range(20000): print('%08d' % i * 8)\r\r")
        assert client.hear(b"00019999\r\n").count(b"\r\n") >= 20000

    def test_a_long_burst_loses_what_the_board_does_not_read(self, client):
        client.say(b"import time; print('go'); time.sleep(0.5)\r")
        client.hear(b"\r\ngo")
        client.say(b"#" + b"x" * 1000)
        client.hear(b">>> #")
        time.sleep(0.1)
        client.say(b"y\r")
        line = client.hear(b"\r\n")
        assert 200 < line.count(b"x") < 300
        assert line.endswith(b"y\r\n")


class TestReset:
    def test_drops_the_client_and_serves_the_next(self, client, terminal, port):
        client.say(b"\x04")
        client.gone()
        terminal.hear(b"soft reboot")
        terminal.hear(b">>> ")
        again = Client(port).log_in()
        again.hear(b"connected\r\n>>> ")
        again.say(b"1+1\r")
        again.hear(b"2\r\n")
        again.close()

    def test_switching_off_hangs_up(self, client, terminal):
        terminal.close()
        client.gone()


class TestFrames:
    def test_a_ping_is_answered(self, client):
        client.socket.ping(b"there?")
        opcode, frame = client.socket.recv_data(control_frame=True)
        assert (opcode, frame) == (websocket.ABNF.OPCODE_PONG, b"there?")

    @pytest.mark.parametrize("size", [125, 126, 70_000])
    def test_text_of_any_length(self, client, size):
        client.say(b"#" * size)
        client.hear(b"#" * min(size, 200))  # what is beyond 260 bytes is lost
        client.say(b"\x03")
        client.hear(b">>> ")

    def test_who_wants_to_transfer_files_is_cut_off(self, client):
        client.socket.send_binary(b"WA\1")
        client.gone()
