"""What is special about serial ports: who may open them, their modem lines, their buffers, their ends."""

import fcntl
import os
import socket
import struct
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.transports import poll_stream
from iot_kernel.transports import serial as serial_module
from iot_kernel.transports.serial import MICROBIT_BURST, UART_BURST, SerialTransport, burst_of
from tests.each import each
from tests.transports.far import DEADLINE, Rfc2217Far, SocketFar, TerminalFar

TIOCGEXCL = 0x80045440  # Linux: whether a terminal is open exclusively

pytestmark = pytest.mark.filterwarnings("ignore:set(Daemon|Name):DeprecationWarning")


@pytest.fixture
def terminal():
    far = TerminalFar()
    yield far
    far.stop()


@pytest.fixture
def server():
    far = Rfc2217Far()
    yield far
    far.stop()


def opened(url):
    transport = SerialTransport(url)
    transport.open(DEADLINE)
    return transport


def refusal(url):
    with pytest.raises(ConnectError) as caught:
        SerialTransport(url).open(DEADLINE)
    return caught.value


def pretend(monkeypatch, path, **details):
    """Lists a pseudo-terminal as a USB port, as if it were one."""
    info = ListPortInfo(path)
    info.description = "Board in FS mode"
    for name, value in details.items():
        setattr(info, name, value)
    monkeypatch.setattr(list_ports, "comports", lambda include_links=False: [info])
    monkeypatch.setattr(serial_module, "_PTY", serial_module.re.compile("no terminal is a pty now"))


def test_a_port_opens_once(terminal):
    first = opened(terminal.url)
    error = refusal(terminal.url)
    assert error.reason is ConnectReason.BUSY
    assert "mpremote, Thonny" in str(error)
    first.close()
    opened(terminal.url).close()


def test_a_port_that_another_program_has(terminal):
    program = (
        "import serial, sys; port = serial.Serial(sys.argv[1], exclusive=True)\n"
        "print('up', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program, terminal.path], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout.readline()
        assert refusal(terminal.url).reason is ConnectReason.BUSY
        other.stdin.close()


@pytest.mark.skipif(sys.platform != "linux", reason="other systems cannot tell")
def test_programs_that_do_not_lock_are_kept_out_while_it_is_open(terminal):
    slave = os.open(terminal.path, os.O_RDWR | os.O_NOCTTY)
    exclusive = lambda: struct.unpack("i", fcntl.ioctl(slave, TIOCGEXCL, b"\0\0\0\0"))[0]  # noqa: E731
    transport = opened(terminal.url)
    assert exclusive()
    transport.close()
    assert not exclusive()
    os.close(slave)


def test_something_that_is_no_port(tmp_path):
    file = tmp_path / "notes.txt"
    file.touch()
    for path in ("/dev/null", file, tmp_path):
        error = refusal(f"serial://{path}")
        assert error.reason is ConnectReason.UNSUPPORTED
        assert "this is no serial port" in str(error)


def test_a_missing_port_lists_those_that_exist(monkeypatch):
    pretend(monkeypatch, "/dev/ttyACM3")
    error = refusal("serial:///dev/ttyACM9")
    assert error.reason is ConnectReason.MISSING
    assert "there are /dev/ttyACM3" in str(error)


def test_no_rights(terminal):
    Path(terminal.path).chmod(0)
    user = os.geteuid()
    if user == 0:  # who has every right
        os.seteuid(65534)
    try:
        error = refusal(terminal.url)
    finally:
        os.seteuid(user)
    assert error.reason is ConnectReason.DENIED
    assert "no right" in str(error)


def test_the_baud_rate_is_set(terminal):
    slave = os.open(terminal.path, os.O_RDWR | os.O_NOCTTY)  # nobody else can once it is in use
    for url, speed in ((terminal.url, termios.B115200), (f"{terminal.url}?baud=921600", termios.B921600)):
        transport = opened(url)
        assert termios.tcgetattr(slave)[4:6] == [speed, speed]
        transport.close()
    os.close(slave)


def test_lines_rise_together_and_rts_falls_first(server):
    transport = opened(f"{server.url}?baud=57600")
    assert server.remote.lines == [("dtr", True), ("rts", True)]
    assert server.remote.baudrate == 57600
    transport.close()
    assert server.remote.lines[2:] == [("rts", False), ("dtr", False)]


def test_lines_can_be_left_low(server):
    transport = opened(f"{server.url}?dtr=off&rts=off")
    assert server.remote.lines == [("dtr", False), ("rts", False)]
    transport.close()


class Lines:
    """A port that notes what happens to it."""

    def __init__(self):
        self.__dict__["seen"] = []

    def __setattr__(self, name, value):
        self.seen.append((name, value))

    def open(self):
        self.seen.append("open")


@pytest.mark.parametrize(
    ("system", "order"),
    [
        ("linux", [("dtr", True), ("rts", True), "open"]),
        ("win32", [("dtr", False), ("rts", False), "open", ("dtr", True), ("rts", True)]),
    ],
)
def test_no_order_of_the_lines_is_a_reset(monkeypatch, system, order):
    monkeypatch.setattr(sys, "platform", system)
    port = Lines()
    serial_module._open_with_lines(port, dtr=True, rts=True)
    assert sorted(port.seen[:2]) == sorted(order[:2])
    assert port.seen[2:] == order[2:]


def test_a_dead_server_is_not_asked_about_lines(server):
    transport = opened(server.url)
    server.vanish()
    with pytest.raises(ConnectionLostError, match="the server closed the connection"):
        transport.read()
    lines = list(server.remote.lines)
    transport.close()
    assert server.remote.lines == lines


def test_a_server_without_rfc2217():
    far = SocketFar()
    error = refusal(far.url.replace("socket", "rfc2217") + "?timeout=0.2")
    assert error.reason is ConnectReason.UNSUPPORTED
    assert "plain TCP is socket://HOST:PORT" in str(error)
    far.stop()


@pytest.mark.parametrize(
    "url", ["socket://127.0.0.1", "socket://127.0.0.1:99999", "rfc2217://127.0.0.1:1?speed=2"]
)
def test_a_bad_network_url(url):
    assert refusal(url).reason is ConnectReason.UNSUPPORTED


def test_bursts_of_ports_without_usb(terminal, server):
    far = SocketFar()
    for url, burst in (
        (terminal.url, None),
        (server.url, UART_BURST),
        (far.url, None),
        (f"{terminal.url}?burst=32", 32),
    ):
        transport = opened(url)
        assert (transport.burst, transport.serial_number) == (burst, None)
        transport.close()
        if url == far.url:
            far.stop()


@each(
    ("vendor", "product", "burst"),
    [
        (0x2E8A, 0x0005, None),  # Raspberry Pi Pico
        (0x303A, 0x4001, None),  # ESP32-S3
        (0xF055, 0x9800, None),  # pyboard
        (0x0483, 0x5740, None),  # STM32, native
        (0x0483, 0x374B, UART_BURST),  # ST-Link on a Nucleo
        (0x10C4, 0xEA60, UART_BURST),  # CP2102
        (0x1A86, 0x7523, UART_BURST),  # CH340
        (0x0403, 0x6001, UART_BURST),  # FT232
        (0x0D28, 0x0204, MICROBIT_BURST),  # micro:bit
    ],
)
def test_bursts_of_usb_ports(vendor, product, burst):
    assert burst_of(vendor, product) == burst


def test_a_usb_port_is_known_by_its_serial_number(terminal, monkeypatch, tmp_path):
    pretend(monkeypatch, terminal.path, vid=0x10C4, pid=0xEA60, serial_number="0001")
    link = tmp_path / "by-id"
    link.symlink_to(terminal.path)
    transport = opened(f"serial://{link}")
    assert (transport.serial_number, transport.burst) == ("0001", UART_BURST)
    transport.close()


def test_a_port_that_no_listing_knows_is_taken_for_a_uart(terminal, monkeypatch):
    pretend(monkeypatch, "/dev/ttyACM0", vid=0x2E8A)
    transport = opened(terminal.url)
    assert (transport.serial_number, transport.burst) == (None, UART_BURST)
    transport.close()


def test_hwgrep_finds_a_port_by_its_description(terminal, monkeypatch):
    pretend(monkeypatch, terminal.path, vid=0x2E8A, pid=5, serial_number="e66")
    transport = opened("hwgrep://[Bb]oard in")
    assert transport.serial_number == "e66"
    transport.write(b"hello")
    assert terminal.receive(5) == b"hello"
    assert refusal("hwgrep://[Bb]oard in").reason is ConnectReason.BUSY
    transport.close()


@pytest.mark.parametrize("url", ["hwgrep://[", "hwgrep://Board&n=first", "hwgrep://Board&colour=red"])
def test_a_bad_hwgrep_url(terminal, monkeypatch, url):
    pretend(monkeypatch, terminal.path)
    assert refusal(url).reason is ConnectReason.UNSUPPORTED


def test_a_board_that_never_reads(terminal, monkeypatch):
    monkeypatch.setattr(poll_stream, "WRITE_TIMEOUT", 0.05)
    terminal.listens.clear()
    transport = opened(terminal.url)
    with pytest.raises(ConnectionLostError, match=r"took no byte for 0\.05 s"):
        transport.write(bytes(1_000_000))
    transport.close()


def test_a_connection_that_is_reset():
    listener = socket.create_server(("127.0.0.1", 0))
    transport = opened(f"socket://127.0.0.1:{listener.getsockname()[1]}")
    client, _ = listener.accept()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    client.close()
    with pytest.raises(ConnectionLostError, match="reset by peer"):
        transport.read()
    transport.close()
    listener.close()


def test_it_opens_again_after_close(terminal):
    transport = opened(terminal.url)
    transport.close()
    transport.open(DEADLINE)
    transport.write(b"again")
    assert terminal.receive(5) == b"again"
    transport.close()
