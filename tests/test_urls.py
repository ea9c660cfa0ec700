import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from iot_kernel import urls
from iot_kernel.errors import ConnectError, ConnectReason
from tests.each import each


@each(
    ("text", "url"),
    [
        ("/dev/ttyACM0", "serial:///dev/ttyACM0"),
        ("  /dev/ttyACM0\n", "serial:///dev/ttyACM0"),
        ("serial:///dev/ttyACM0", "serial:///dev/ttyACM0"),
        ("SERIAL:///dev/ttyACM0/", "serial:///dev/ttyACM0"),
        ("serial:////dev//ttyACM0", "serial:///dev/ttyACM0"),
        ("serial:///dev/ttyACM0?baudrate=9600", "serial:///dev/ttyACM0?baudrate=9600"),
        ("COM3", "serial://COM3"),
        ("com12", "serial://COM12"),
        ("\\\\.\\COM12", "serial://COM12"),
        ("serial://\\\\.\\com12?dtr=off", "serial://COM12?dtr=off"),
        ("serial://com3/", "serial://COM3"),
        ("ws://10.0.0.5", "ws://10.0.0.5:8266"),
        ("ws://10.0.0.5/", "ws://10.0.0.5:8266"),
        ("WS://Board.Local:8266", "ws://board.local:8266"),
        ("ws://board.local:08266", "ws://board.local:8266"),
        ("ws://board:80/repl/", "ws://board:80/repl"),
        ("wss://board", "wss://board:8266"),
        ("ws://[FE80::1]", "ws://[fe80::1]:8266"),
        ("ws://[fe80::1]:99", "ws://[fe80::1]:99"),
        ("socket://Localhost:7777?logging=debug", "socket://localhost:7777?logging=debug"),
        ("rfc2217://host:2217/", "rfc2217://host:2217"),
        ("hwgrep://2E8A:0005|x/", "hwgrep://2E8A:0005|x/"),
        ("sim://", "sim://"),
        ("sim://lamp/", "sim://lamp"),
        ("mp://Host:1", "mp://Host:1"),
        ("SSH://me@Pi//dev/ttyACM0/", "ssh://me@Pi/dev/ttyACM0"),
        ("ssh://[fe80::1]:22/dev/ttyUSB0?baud=9600", "ssh://[fe80::1]:22/dev/ttyUSB0?baud=9600"),
    ],
)
def test_normalise(text, url):
    assert urls.normalise(text) == url
    assert urls.normalise(url) == url
    assert urls.is_url(text)


@each("text", ["", "lamp", "24:0a:c4:12:45:56", "ws:10.0.0.5", "COM", "dev/ttyACM0", "ws//x"])
def test_names_and_uids_are_no_urls(text):
    assert not urls.is_url(text)
    with pytest.raises(ConnectError) as caught:
        urls.normalise(text)
    assert caught.value.reason is ConnectReason.UNSUPPORTED


@each("text", ["ws://", "ws://:8266", "ws://a:b", "ws://a:70000", "ws://[::1", "socket://"])
def test_a_network_address_needs_a_host_and_a_port_number(text):
    with pytest.raises(ConnectError, match="HOST"):
        urls.normalise(text)


def test_a_password_in_an_address_is_refused_and_not_repeated():
    with pytest.raises(ConnectError, match="password does not belong") as caught:
        urls.normalise("ws://user:hunter2@board")
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in caught.value.url
    with pytest.raises(ConnectError, match="ssh logs in by keys") as caught:
        urls.normalise("ssh://user:hunter2@board/dev/ttyACM0")
    assert "hunter2" not in f"{caught.value} {caught.value.url}"


@each("text", ["ssh://", "ssh://pi", "ssh://pi?baud=9600", "ssh://@pi/dev/ttyACM0"])
def test_ssh_needs_a_host_and_a_port_there(text):
    with pytest.raises(ConnectError, match="ssh://HOST/dev/ttyACM0"):
        urls.normalise(text)


def test_control_characters_are_refused_and_not_printed_raw():
    with pytest.raises(ConnectError) as caught:
        urls.normalise("/dev/tty\x1b[31mACM0")
    assert "\x1b" not in str(caught.value)


@each(
    ("url", "scheme", "path"),
    [
        ("serial:///dev/ttyACM0?baudrate=9600", "serial", "/dev/ttyACM0"),
        ("serial://COM3", "serial", "COM3"),
        ("WS://host:1", "ws", None),
        ("lamp", "", None),
    ],
)
def test_parts(url, scheme, path):
    assert urls.scheme_of(url) == scheme
    assert urls.serial_path(url) == path


def test_claim_keys_of_one_port_are_equal(tmp_path: Path):
    port = tmp_path / "ttyACM0"
    port.touch()
    link = tmp_path / "by-id"
    link.symlink_to(port)
    assert urls.claim_key(str(link)) == urls.claim_key(f"serial://{port}?baudrate=9600")
    assert urls.normalise(str(link)) != urls.normalise(str(port))


def test_claim_key_of_other_addresses_is_the_normal_form():
    assert urls.claim_key("ws://Host") == "ws://host:8266"
    assert urls.claim_key("com3") == "serial://COM3"
    assert urls.claim_key("hwgrep://2E8A?x") == "hwgrep://2E8A?x"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("serial://COM3?baud=9600", "com3"),
        ("socket://host:1?logging=debug", "socket://HOST:1"),
        ("rfc2217://host:1?timeout=3", "rfc2217://host:1"),
        ("ssh://pi/dev/ttyUSB0?baud=9600", "ssh://pi/dev/ttyUSB0"),
        ("sim://?boot=3", "sim://board"),
        ("sim://lamp?boot=3", "sim://lamp/"),
        ("sim://a?dir=/tmp/lamp&boot=3", "sim://b?dir=/tmp/../tmp/lamp"),
    ],
)
def test_options_do_not_make_another_port(one, other):
    assert urls.claim_key(one) == urls.claim_key(other)


def test_both_nodes_of_a_mac_port_are_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", "darwin")
    assert urls.claim_key("/dev/tty.usbmodem1") == urls.claim_key("/dev/cu.usbmodem1")
    assert urls.normalise("/dev/tty.usbmodem1") == "serial:///dev/cu.usbmodem1"
    assert urls.normalise("serial:///dev/tty.usbmodem1?baud=9600") == "serial:///dev/cu.usbmodem1?baud=9600"
    assert urls.normalise("ssh://mac/dev/tty.usbmodem1") == "ssh://mac/dev/tty.usbmodem1"  # its own affair


@given(st.text(max_size=60) | st.from_regex(r"(ws|serial|socket|sim|hwgrep)://\S{0,30}", fullmatch=True))
def test_any_text_is_an_address_once_and_for_all_or_refused(text):
    try:
        url = urls.normalise(text)
    except ConnectError:
        return
    assert urls.normalise(url) == url
    assert urls.is_url(url)


@each(
    ("text", "uid"),
    [
        ("30:ae:a4:30:84:34", "30:ae:a4:30:84:34"),
        (" 30:AE:A4:30:84:34\n", "30:ae:a4:30:84:34"),
        ("30-ae-a4-30-84-34", "30:ae:a4:30:84:34"),
        ("e6614c311b7e6f35", "e6:61:4c:31:1b:7e:6f:35"),
        ("24:10:03:12:45:12", "24:10:03:12:45:12"),
        ("42", "42"),
        ("", None),
        ("cafe", None),
        ("lamp", None),
        ("30:ae:a4:30:84:3", None),
        ("30:ae:a4:30:84:3g", None),
        (":".join(["00"] * 33), None),
    ],
)
def test_uid(text, uid):
    assert urls.normalise_uid(text) == uid
