"""Reaching a WebREPL: addresses, handshake, login, and everything that can be wrong with them."""

import base64
import socket
import ssl
import threading
import time

import pytest
import trustme

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.transports import create_transport
from iot_kernel.transports.webrepl import WebReplTransport, parse_url
from iot_kernel.transports.websocket_stream import BURST
from tests.each import each
from tests.transports.far import DEADLINE, SocketFar
from tests.transports.webrepl_far import Busy, Encryption, WebReplFar


@pytest.fixture
def board(request):
    far = WebReplFar(**getattr(request, "param", {}))
    yield far
    far.stop()


def opened(url, password="secret"):
    transport = WebReplTransport(url, password=password)
    transport.open(DEADLINE)
    return transport


def refusal(url, password="secret", timeout=DEADLINE):
    transport = WebReplTransport(url, password=password)
    with pytest.raises(ConnectError) as caught:
        transport.open(timeout)
    assert "s3cr3t" not in str(caught.value)
    assert transport.url == url
    transport.close()
    return caught.value


def read_exactly(transport, count):
    received = b""
    while len(received) < count:
        received += transport.read()
    return received


@each(
    ("url", "text", "secure"),
    [
        ("ws://192.168.4.1", "ws://192.168.4.1:8266/", False),
        ("WS://Board.local:80/repl?x=1", "ws://board.local:80/repl?x=1", False),
        ("wss://board.example", "wss://board.example:8266/", True),
        ("ws://[fe80::1]:8266", "ws://[fe80::1]:8266/", False),
        ("ws://board:80/cp/serial", "ws://board:80/cp/serial/", False),
    ],
)
def test_urls(url, text, secure):
    assert (parse_url(url).text, parse_url(url).secure) == (text, secure)


@each("url", ["ws://", "ws://:8266", "ws://board:port", "ws://board:99999", "ws://[::1"])
def test_bad_urls(url):
    assert refusal(url).reason is ConnectReason.UNSUPPORTED


@pytest.mark.parametrize(
    "board",
    [{}, {"split": True}, {"junk": b"\xff\xfeboot noise\r\nPass"}, {"junk": b"x" * 4000, "split": False}],
    indirect=True,
)
def test_login(board):
    transport = opened(board.url)
    assert board.entered == b"secret"
    assert read_exactly(transport, 6) == b"\r\n>>> "
    transport.write(b"\x03")
    assert board.receive(1) == b"\x03"  # and no line end before it
    assert transport.burst == BURST <= 200
    transport.close()


def test_every_frame_fits_the_boards_buffer(board):
    transport = opened(board.url)
    transport.write(bytes(10_000))
    board.receive(10_000)
    assert max(len(payload) for _, payload in board.frames) <= 200
    assert {opcode for opcode, _ in board.frames} == {1}
    transport.close()


def test_a_wrong_password(board):
    error = refusal(board.url, "s3cr3t")
    assert error.reason is ConnectReason.AUTH
    assert "refused the WebREPL password" in str(error)


def test_a_password_that_is_too_long_for_a_board(board):
    error = refusal(board.url, "s3cr3t-s3cr3t")
    assert "it has 13 characters, a WebREPL password at most 9" in str(error)


def test_no_password(board):
    error = refusal(board.url, None)
    assert error.reason is ConnectReason.AUTH
    assert "none is known" in str(error)
    assert board.frames == [] or board.frames[0][0] == 8


@pytest.mark.parametrize("greets", [True, False])
def test_a_second_client(greets):
    board = Busy(greets=greets)
    error = refusal(board.url)
    board.stop()
    assert error.reason is ConnectReason.BUSY
    assert "serves one client at a time" in str(error)
    assert board.served > 1, "the last client may have left just now"


def test_a_second_client_that_has_no_time():
    board = Busy(greets=True)
    refusal(board.url, timeout=0.01)
    board.stop()
    assert board.served <= 2


@pytest.mark.parametrize("board", [{"silent": True}], indirect=True)
def test_a_board_that_does_not_ask(board):
    error = refusal(board.url, timeout=0.2)
    assert error.reason is ConnectReason.TIMEOUT
    assert "is the board busy?" in str(error)


@pytest.mark.parametrize("board", [{"junk": bytes(10_000), "silent": True}], indirect=True)
def test_a_websocket_that_is_no_webrepl(board):
    error = refusal(board.url)
    assert error.reason is ConnectReason.NOT_A_BOARD
    assert "no password prompt" in str(error)


@pytest.mark.parametrize(
    ("board", "reason"),
    [
        ({"status": 200}, ConnectReason.NOT_A_BOARD),
        ({"status": 404}, ConnectReason.NOT_A_BOARD),
        ({"status": 302}, ConnectReason.NOT_A_BOARD),
        ({"status": 401}, ConnectReason.AUTH),
    ],
    indirect=["board"],
)
def test_a_web_server(board, reason):
    assert refusal(board.url).reason is reason


@pytest.mark.parametrize("answer", [b"SSH-2.0-OpenSSH_9.2\r\n\r\n", b"\xff" * 300 + b"\n"])
def test_something_else_that_listens(answer):
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        client, _ = listener.accept()
        client.recv(4096)
        client.sendall(answer)
        client.close()

    server = threading.Thread(target=serve)
    server.start()
    error = refusal(f"ws://127.0.0.1:{listener.getsockname()[1]}")
    assert error.reason is ConnectReason.NOT_A_BOARD
    assert len(str(error)) < 200
    server.join(DEADLINE)
    listener.close()


@pytest.mark.parametrize("chatter", [b"", b"HTTP/1.1 "])
def test_something_that_never_ends_its_answer(chatter):
    """Byte after byte, each in time: only an absolute deadline ends this."""
    listener = socket.create_server(("127.0.0.1", 0))
    over = threading.Event()

    def serve():
        client, _ = listener.accept()
        client.sendall(chatter)
        while chatter and not over.wait(0.01):
            try:
                client.sendall(b"x")
            except OSError:
                break
        over.wait(DEADLINE)
        client.close()

    server = threading.Thread(target=serve)
    server.start()
    error = refusal(f"ws://127.0.0.1:{listener.getsockname()[1]}", timeout=0.3)
    over.set()
    assert error.reason is ConnectReason.TIMEOUT
    server.join(DEADLINE)
    listener.close()


def test_the_board_leaves_in_the_middle(board):
    transport = opened(board.url)
    read_exactly(transport, 6)
    board.send_frame(8, b"")
    with pytest.raises(ConnectionLostError, match="the board closed the connection"):
        transport.read()
    transport.close()


def test_binary_frames_are_text_too(board):
    transport = opened(board.url)
    read_exactly(transport, 6)
    board.send_frame(2, b"\x00\xff")
    assert transport.read() == b"\x00\xff"
    transport.close()


def test_circuitpython_wants_the_password_in_the_request(board):
    transport = opened(f"{board.url}/cp/serial/", "s3cr3t")
    assert b"Authorization: Basic " + base64.b64encode(b":s3cr3t") in board.request
    board.send(b"Adafruit CircuitPython")
    assert transport.read() == b"Adafruit CircuitPython"
    transport.close()


def test_circuitpython_without_a_password_is_not_asked(board):
    assert refusal(f"{board.url}/cp/serial", None).reason is ConnectReason.AUTH


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def secure_url(board, authority):
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("localhost").configure_cert(context)
    encryption = Encryption(board, context)
    yield encryption.url
    board.vanish()
    encryption.stop()


@pytest.fixture
def trusted(authority, monkeypatch, tmp_path):
    file = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(file)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))


def test_an_encrypted_link_carries_both_directions_at_once(board, secure_url, trusted):
    transport = opened(secure_url)
    assert read_exactly(transport, 6) == b"\r\n>>> "
    sent = bytes(range(256)) * 1000
    writer = threading.Thread(target=transport.write, args=(sent,))
    sender = threading.Thread(target=board.send, args=(sent[::-1],))
    writer.start()
    sender.start()
    assert read_exactly(transport, len(sent)) == sent[::-1]
    assert board.receive(len(sent)) == sent
    writer.join(DEADLINE)
    sender.join(DEADLINE)
    transport.close()
    assert transport.read() == b""


def test_an_unknown_certificate(secure_url):
    error = refusal(secure_url)
    assert error.reason is ConnectReason.UNSUPPORTED
    assert "set SSL_CERT_FILE" in str(error)


def test_encryption_where_there_is_none():
    far = SocketFar()
    closing = threading.Timer(0.05, lambda: far.send(b"Hello, plain world\r\n"))
    closing.start()
    error = refusal(far.url.replace("socket", "wss"))
    assert error.reason is ConnectReason.UNSUPPORTED
    assert "plain WebREPL is ws://" in str(error)
    closing.join()
    far.stop()


def test_proxies_of_the_environment_are_not_for_boards(board, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    opened(board.url).close()


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("ws://127.0.0.1:9", ConnectReason.REFUSED),
        ("wss://127.0.0.1:9", ConnectReason.REFUSED),
        ("ws://no-such-board.invalid", ConnectReason.MISSING),
    ],
)
def test_a_board_that_is_not_there(url, reason):
    assert refusal(url).reason is reason


def test_it_is_found_by_its_scheme():
    assert isinstance(create_transport("ws://board", password="x"), WebReplTransport)


@pytest.mark.parametrize("answers_calls", [True, False])
def test_closing_ends_an_open_that_waits(answers_calls):
    server = socket.create_server(("127.0.0.1", 0), backlog=0)
    port = server.getsockname()[1]
    clients = [] if answers_calls else [_calling(port) for _ in range(4)]  # no more are taken then
    transport = WebReplTransport(f"ws://127.0.0.1:{port}", password="x")
    closer = threading.Timer(0.3, transport.close)
    closer.start()
    begin = time.monotonic()
    with pytest.raises(ConnectError):
        transport.open(60.0)
    assert time.monotonic() - begin < 30
    closer.join()
    for one in (server, *clients):
        one.close()


def _calling(port):
    client = socket.socket()
    client.setblocking(False)
    client.connect_ex(("127.0.0.1", port))
    return client
