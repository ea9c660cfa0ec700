"""Serial ports, and what pyserial makes look like one: serial://, socket://, rfc2217:// and hwgrep://.

pyserial opens and closes; it knows baud rates, locks and modem lines on every system. Where there is a
descriptor, reading and writing go around it: two system calls fetch everything that has arrived where its own
``read(1)`` and ``read(in_waiting)`` take five, and its sockets say "one byte" however many wait.

No modem line is pulsed. Boards with an auto-reset circuit restart while RTS is asserted and DTR is not, so
both are asserted together on opening, and on closing RTS goes first.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import sys
from functools import partial
from typing import Any

import serial
from serial.tools import list_ports

from iot_kernel.errors import ConnectError
from iot_kernel.transports.errors import network_fault, port_fault
from iot_kernel.transports.poll_stream import WRITE_TIMEOUT, PollStream
from iot_kernel.transports.serial_url import SerialUrl, parse_url
from iot_kernel.transports.streams import ByteStream, PortStream, StreamTransport, tune

#: Bytes a board behind a UART takes unread: the smallest input buffer of MicroPython's ports with a UART is
#: the ESP8266's with 256 bytes (ESP32 260, rp2 512), one of which stays free.
UART_BURST = 255

#: Bytes the micro:bit takes unread: its buffer has 64 bytes, one of which stays free.
MICROBIT_BURST = 63

#: USB vendors whose chips have a UART on the other side, where nothing pushes back while the board is busy.
#: The ports of other vendors are the microcontroller's own: USB holds the sender until there is room.
BURST_OF_VENDOR = {
    0x0403: UART_BURST,  # FTDI
    0x067B: UART_BURST,  # Prolific
    0x0D28: MICROBIT_BURST,  # Arm DAPLink, on the micro:bit
    0x10C4: UART_BURST,  # Silicon Labs CP210x
    0x1366: UART_BURST,  # SEGGER J-Link, on Nordic's development kits
    0x1A86: UART_BURST,  # WCH CH340, CH343, CH9102
}

#: Seconds. pyserial's rfc2217 reads in a thread of its own, which can die without a word; so a blocked read
#: looks after it now and then. Data and an orderly end wake it at once.
RFC2217_CHECK = 1.0

_SERVER = "the program that serves the serial port"

_NO_RFC2217 = "the server speaks no RFC 2217; plain TCP is socket://HOST:PORT"
_NO_LINES = (
    "the server's port has no modem lines; append '?ign_set_control' to the address ('&…' behind others)"
)

_STLINK = (0x0483, range(0x3744, 0x3758))  # ST's vendor id stands for native ports too, so product ids count
_PTY = re.compile(r"/dev/(pts/|ttys\d)")  # Linux, macOS

Port = Any  # each of pyserial's handlers is a class of its own, without a common interface


class SerialTransport(StreamTransport):
    """A board at a serial port; docs/reference/transports.md has the urls and their options.

    Args:
        url: ``serial://PORT``, ``socket://HOST:PORT``, ``rfc2217://HOST:PORT`` or ``hwgrep://REGEXP``.
        password: unused.
    """

    def check(self) -> None:
        """As `Transport.check`."""
        parse_url(self.url)

    def _connect(self, timeout: float) -> ByteStream:
        """Opens the port: serial ports at once, sockets within pyserial's own 5 s whatever ``timeout`` is."""
        url = parse_url(self.url)
        port = self._open_port(url)
        self.burst, self.serial_number = _describe(url.scheme, str(port.port))
        self.burst = url.burst or self.burst
        return _stream_of(url.scheme, port)

    def _open_port(self, url: SerialUrl) -> Port:
        name = url.port
        port: Port | None = None
        try:
            port = serial.serial_for_url(
                url.port, do_not_open=True, baudrate=url.baud, **_options(url.scheme)
            )
            name = str(port.port)
            _open_with_lines(port, dtr=url.dtr, rts=url.rts)
        except (OSError, ValueError, TypeError, re.error) as error:
            if port is not None:
                port.close()  # by the network it may be half open
            raise self._fault(url.scheme, name, error) from error
        return port

    def _fault(self, scheme: str, name: str, error: Exception) -> ConnectError:
        if scheme == "socket":
            return network_fault(self.url, error, _SERVER, "expected socket://HOST:PORT")
        if scheme == "rfc2217":
            otherwise = _NO_LINES if "'control'" in str(error) else _NO_RFC2217
            return network_fault(self.url, error, _SERVER, otherwise)
        return port_fault(self.url, name, error, [port.device for port in sorted(list_ports.comports())])


def _options(scheme: str) -> dict[str, Any]:
    if scheme == "rfc2217":
        return {"timeout": RFC2217_CHECK}  # it refuses a write_timeout and always has 5 s
    if sys.platform == "win32":
        return {"write_timeout": WRITE_TIMEOUT}
    return {"exclusive": scheme != "socket" or None}


def _open_with_lines(port: Port, *, dtr: bool, rts: bool) -> None:
    """Opens with the lines as wanted, by way of no level that resets a board.

    Windows sets the lines one by one, in an order of the driver's; so both start low there, DTR rises first.
    """
    if sys.platform == "win32":
        port.dtr = port.rts = False
        port.open()
    port.dtr = dtr
    port.rts = rts
    if sys.platform != "win32":
        port.open()


def _drop_lines(port: Port) -> None:
    """RTS before DTR: the other way round is a reset. Ports without lines (PTYs) and dead ones are left."""
    with contextlib.suppress(OSError, ValueError):
        port.rts = False
        port.dtr = False


def _describe(scheme: str, name: str) -> tuple[int | None, str | None]:
    """The burst and the USB serial number of an open port."""
    if scheme == "socket":
        return None, None
    if scheme == "rfc2217":
        return UART_BURST, None
    device = name if sys.platform == "win32" else os.path.realpath(name)
    found = [port for port in list_ports.comports() if port.device == device and port.vid is not None]
    if not found or _PTY.match(device):
        return burst_behind(device, None, None), None
    return burst_behind(device, found[0].vid, found[0].pid), found[0].serial_number


def burst_behind(device: str, vendor: int | None, product: int | None) -> int | None:
    """How many bytes a board behind a port takes unread; None where the wire pushes back.

    Args:
        device: the port's node, links resolved.
        vendor: of its USB device, None where there is none.
        product: likewise.
    """
    if _PTY.match(device):
        return None
    return UART_BURST if vendor is None else burst_of(vendor, product)


def burst_of(vendor: int, product: int | None) -> int | None:
    """How many bytes a board behind this USB device takes unread; None where USB pushes back."""
    if vendor == _STLINK[0] and product in _STLINK[1]:
        return UART_BURST
    return BURST_OF_VENDOR.get(vendor)


def _stream_of(scheme: str, port: Port) -> ByteStream:
    if scheme == "rfc2217":
        return _Rfc2217Stream(port)
    if scheme == "socket":
        return _socket_stream(port)
    if sys.platform != "win32":
        return _terminal_stream(port)
    return _WindowsStream(port)


def _socket_stream(port: Port) -> PollStream:
    sock = socket.socket(fileno=socket.dup(port.fileno()))
    sock.setblocking(False)
    tune(sock)

    def release() -> None:
        sock.close()
        _close_socket_port(port)

    return PollStream(sock.fileno(), sock.recv, sock.send, release, "the other end closed the connection")


def _close_socket_port(port: Port) -> None:
    """Closes the port and its socket, which pyserial leaves to the garbage collector after a hang-up."""
    sock = getattr(port, "_socket", None)
    port.close()
    if sock is not None:
        sock.close()


if sys.platform != "win32":
    import fcntl
    import termios

    def _terminal_stream(port: Port) -> PollStream:
        fd = port.fileno()
        # pyserial's lock holds off programs that ask for one; this holds off all the others
        with contextlib.suppress(OSError):  # not every driver knows it
            fcntl.ioctl(fd, termios.TIOCEXCL)

        def release() -> None:
            _drop_lines(port)
            with contextlib.suppress(OSError):  # the device may have gone
                fcntl.ioctl(fd, termios.TIOCNXCL)
            port.close()

        return PollStream(
            fd, partial(os.read, fd), partial(os.write, fd), release, "the port is gone: unplugged?"
        )


class _WindowsStream(PortStream):
    """A COM port."""

    def _cancel(self) -> None:
        self._port.cancel_read()
        self._port.cancel_write()

    def _release(self) -> None:
        _drop_lines(self._port)
        self._port.close()


class _Rfc2217Stream(PortStream):
    """A port of a serial server. Its lines cost a round trip each, so a dead server is not asked."""

    def read(self) -> bytes:
        try:
            return super().read()
        except serial.SerialException as error:
            raise EOFError("the server closed the connection") from error

    def _cancel(self) -> None:
        if not self._broken and self._write_lock.acquire(blocking=False):
            _drop_lines(self._port)
            self._write_lock.release()
        _close_socket_port(self._port)

    def _release(self) -> None:
        _close_socket_port(self._port)
