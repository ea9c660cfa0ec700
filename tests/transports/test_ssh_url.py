"""The urls of ports at other computers as a table."""

import pytest

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.transports.ssh_url import SshUrl, parse_url
from tests.each import each


@each(
    ("url", "parsed"),
    [
        ("ssh://pi/dev/ttyACM0", SshUrl("pi", "pi", None, "/dev/ttyACM0")),
        ("SSH://me@Pi:2222/dev/ttyUSB0?baud=9600", SshUrl("me@Pi", "Pi", 2222, "/dev/ttyUSB0", 9600)),
        ("ssh://pi/dev/ttyS0?burst=63&baud=9600", SshUrl("pi", "pi", None, "/dev/ttyS0", 9600, 63)),
        ("ssh://me@[fe80::1%25]:22/dev/a", SshUrl("me@fe80::1%25", "fe80::1%25", 22, "/dev/a")),
        ("ssh://pi/dev/serial/by-id/usb-a%b#c", SshUrl("pi", "pi", None, "/dev/serial/by-id/usb-a%b#c")),
    ],
)
def test_urls(url, parsed):
    assert parse_url(url) == parsed


@each(
    ("url", "problem"),
    [
        ("ssh://pi", "expected ssh://HOST/dev/ttyACM0"),
        ("ssh://pi/", "expected ssh://HOST"),
        ("ssh:///dev/ttyACM0", "expected ssh://HOST"),
        ("ssh://a b/dev/ttyACM0", "expected ssh://HOST"),
        ("ssh://pi:x/dev/ttyACM0", "expected ssh://HOST"),
        ("ssh://pi:70000/dev/ttyACM0", "expected ssh://HOST"),
        ("ssh://pi:0/dev/ttyACM0", "expected ssh://HOST"),
        ("ssh://pi/dev/ttyACM0?baud=fast", "baud is a whole number"),
        ("ssh://pi/dev/ttyACM0?speed=9600", "no option speed; known are baud, burst"),
        ("ssh://pi/dev/ttyACM0?dtr=off", "a shell cannot set dtr and rts"),
    ],
)
def test_bad_urls(url, problem):
    with pytest.raises(ConnectError, match=problem) as caught:
        parse_url(url)
    assert caught.value.reason is ConnectReason.UNSUPPORTED
