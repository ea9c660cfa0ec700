"""What a sim:// address may say."""

from pathlib import Path

import pytest

from iot_kernel.errors import ConnectError, ConnectReason
from iot_kernel.virtual_board.options import DEFAULT_HEAP, OPTIONS, BoardOptions, parse_url
from iot_kernel.virtual_board.wire import IDEAL, USB, WireSpeed
from tests.each import each


def test_nothing_asked_for(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    options = parse_url("sim://")
    assert options == BoardOptions(name="board", heap=DEFAULT_HEAP, link=IDEAL)
    assert options.directory == tmp_path / "iot-kernel" / "sim" / "board"
    assert options.plain


def test_boards_are_told_apart_by_name():
    assert parse_url("sim://Garden").directory.name == "Garden"
    assert parse_url("sim://a").directory != parse_url("sim://b").directory


@each(
    ("query", "field", "value"),
    [
        ("dir=/some/where", "directory", Path("/some/where")),
        ("dir=~/x", "directory", Path.home() / "x"),
        ("heap=81920", "heap", 81920),
        ("heap=512k", "heap", 512 * 1024),
        ("heap=2M", "heap", 2 * 1024 * 1024),
        ("boot=1.5", "boot", 1.5),
        ("buffer=260", "buffer", 260),
        ("link=usb", "link", USB),
        ("link=115200", "link", WireSpeed(11520.0)),
        ("link=ideal", "link", IDEAL),
        ("micropython=/opt/bin/mp", "micropython", "/opt/bin/mp"),
        ("webrepl=8266", "webrepl", 8266),
        ("webrepl=0", "webrepl", 0),
        ("password=123456789", "password", "123456789"),
        ("dir=/a%20b&boot=2", "directory", Path("/a b")),
    ],
)
def test_options(query, field, value):
    assert getattr(parse_url(f"sim://?{query}"), field) == value


@each(("buffer", "window"), [(0, 128), (64, 32), (65, 32), (256, 128), (4096, 128)])
def test_two_windows_of_raw_paste_fit_into_the_buffer(buffer, window):
    assert parse_url(f"sim://?buffer={buffer}").window == window


@pytest.mark.parametrize("query", ["link=usb", "buffer=260", "webrepl=0"])
def test_what_makes_a_board_more_than_plain(query):
    assert not parse_url(f"sim://?{query}").plain


@each(
    ("url", "text"),
    [
        ("sim://a/b", "letters"),
        ("sim://.hidden", "letters"),
        ("sim://a b", "letters"),
        ("sim://?colour=red", "no option 'colour' (there are " + ", ".join(OPTIONS)),
        ("sim://?heap=79K", "at least 80K"),
        ("sim://?heap=lots", "K and M"),
        ("sim://?boot=-1", "0 to 60 seconds"),
        ("sim://?boot=nan", "0 to 60 seconds"),
        ("sim://?boot=soon", "cannot be 'soon': 0 to 60 seconds"),
        ("sim://?buffer=1", "at least 64"),
        ("sim://?buffer=big", "cannot be 'big': 0, or at least 64 bytes"),
        ("sim://?buffer=-64", "at least 64"),
        ("sim://?link=slow", "a baud rate"),
        ("sim://?link=1", "a baud rate"),
        ("sim://?webrepl=70000", "a port"),
        ("sim://?webrepl=on", "cannot be 'on': a port, 0 to 65535"),
        ("sim://?password=0123456789", "4 to 9 characters"),
        ("sim://?password=", "4 to 9 characters"),
    ],
)
def test_what_makes_no_sense_is_explained(url, text):
    with pytest.raises(ConnectError) as caught:
        parse_url(url)
    assert caught.value.reason is ConnectReason.UNSUPPORTED
    assert text in str(caught.value)


def test_the_page_lists_every_option():
    page = (Path(__file__).parents[2] / "docs" / "reference" / "virtual-board.md").read_text(encoding="utf-8")
    assert [option for option in OPTIONS if f"| `{option}=" not in page] == []
