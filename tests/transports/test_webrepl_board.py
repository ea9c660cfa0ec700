"""The WebREPL of a virtual board, from the login to a reset."""

import threading

import pytest

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.transports import create_transport
from tests.free_ports import free_port
from tests.real_boards import kinds
from tests.transports.far import DEADLINE, read_until

PASSWORD = "lettuce"
OUTPUT = bytes(range(256)) * 500


@pytest.fixture
def url(tmp_path):
    """A board at its prompt, with somebody at its own terminal who takes what it prints."""
    port = free_port()
    with kinds.unix(tmp_path / "board", webrepl=str(port), password=PASSWORD) as board:
        terminal = create_transport(board.url)
        terminal.open(DEADLINE)
        read_until(terminal, b">>> ")
        taker = threading.Thread(target=lambda: all(iter(terminal.read, b"")))
        taker.start()
        yield f"ws://127.0.0.1:{port}"
        terminal.close()
        taker.join(DEADLINE)
    assert not taker.is_alive()


@pytest.fixture
def link(url):
    transport = create_transport(url, password=PASSWORD)
    transport.open(DEADLINE)
    read_until(transport, b">>> ")
    yield transport
    transport.close()


def test_its_prompt_follows_the_login(link):
    link.write(b"print(6 * 7)\r")
    assert b"\r\n42\r\n" in read_until(link, b">>> ")


def test_a_wrong_password_and_another_try(url):
    for password, reason in (("radish", ConnectReason.AUTH), (None, ConnectReason.AUTH)):
        with pytest.raises(ConnectError) as caught:
            create_transport(url, password=password).open(DEADLINE)
        assert caught.value.reason is reason
    right = create_transport(url, password=PASSWORD)
    right.open(DEADLINE)
    right.close()


def test_one_client_at_a_time(link):
    with pytest.raises(ConnectError) as caught:
        create_transport(link.url, password=PASSWORD).open(DEADLINE)
    assert caught.value.reason is ConnectReason.BUSY


def test_any_bytes_come_whole(link):
    link.write(b"\x01")
    read_until(link, b"\r\n>")
    link.write(b"import sys\nsys.stdout.buffer.write(bytes(range(256)) * 500)\x04")
    assert read_until(link, b"\x04\x04>") == b"OK" + OUTPUT + b"\x04\x04>"


def test_a_reset_of_the_board_ends_it(link):
    link.write(b"import machine; machine.reset()\r")
    with pytest.raises(ConnectionLostError):
        while link.read():
            pass
