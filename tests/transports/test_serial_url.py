"""The urls of serial ports as a table."""

import pytest

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.transports.serial_url import SerialUrl, parse_url
from tests.each import each


@pytest.mark.parametrize(
    ("url", "parsed"),
    [
        ("serial:///dev/ttyACM0", SerialUrl("serial", "/dev/ttyACM0")),
        ("SERIAL://COM3", SerialUrl("serial", "COM3")),
        ("serial:///dev/ttyUSB0?baud=921600", SerialUrl("serial", "/dev/ttyUSB0", 921600)),
        (
            "serial:///dev/ttyS0?burst=64&dtr=off&rts=0",
            SerialUrl("serial", "/dev/ttyS0", 115200, 64, False, False),
        ),
        ("serial:///dev/serial/by-id/usb-a%b#c", SerialUrl("serial", "/dev/serial/by-id/usb-a%b#c")),
        ("socket://h:1", SerialUrl("socket", "socket://h:1")),
        ("socket://h:1?burst=32&logging=debug", SerialUrl("socket", "socket://h:1?logging=debug", burst=32)),
        (
            "rfc2217://h:1?baud=9600&timeout=7&ign_set_control",
            SerialUrl("rfc2217", "rfc2217://h:1?timeout=7&ign_set_control", 9600),
        ),
        ("rfc2217://h:1?dtr=on", SerialUrl("rfc2217", "rfc2217://h:1")),
        ("hwgrep://2E8A:000?[0-9]&n=2&baud=9600", SerialUrl("hwgrep", "hwgrep://2E8A:000?[0-9]&n=2", 9600)),
        ("socket://[::1]:1", SerialUrl("socket", "socket://[::1]:1")),
        ("hwgrep://ttyACM", SerialUrl("hwgrep", "hwgrep://ttyACM")),
    ],
)
def test_urls(url, parsed):
    assert parse_url(url) == parsed


@each(
    ("url", "problem"),
    [
        ("serial://", "expected serial://PORT"),
        ("serial://?baud=9600", "expected serial://PORT"),
        ("serial:///dev/ttyS0?speed=9600", "no other options than baud, burst, dtr, rts"),
        ("serial:///dev/ttyS0?baud=fast", "baud is a whole number"),
        ("serial:///dev/ttyS0?baud=0", "baud is a whole number"),
        ("serial:///dev/ttyS0?burst=-1", "burst is a whole number"),
        ("socket://h:1?baud=", "baud is a whole number"),
        ("serial:///dev/ttyS0?dtr=maybe", "dtr is 'on' or 'off'"),
        ("socket://h", "expected socket://HOST:PORT$"),
        ("socket://[::1]?burst=1", "expected socket://HOST:PORT$"),
        ("rfc2217://h?timeout=1", "expected rfc2217://HOST:PORT$"),
        ("socket://h:1?speed=2", "there is no option speed; known are baud, burst, dtr, rts, logging$"),
        ("rfc2217://h:1?timeout=1&speed", "there is no option speed; known are .*, timeout, logging$"),
    ],
)
def test_bad_urls(url, problem):
    with pytest.raises(ConnectError, match=problem) as caught:
        parse_url(url)
    assert caught.value.reason is ConnectReason.UNSUPPORTED
