"""A board that comes back under another port name is found by its USB serial number."""

import pytest
from serial.tools import list_ports
from serial.tools.list_ports_common import ListPortInfo

from iot_kernel.transports import current_url


@pytest.fixture
def plugged(monkeypatch):
    def plug(**ports):
        found = []
        for name, number in ports.items():
            info = ListPortInfo(f"/dev/{name}")
            info.serial_number = number
            found.append(info)
        monkeypatch.setattr(list_ports, "comports", lambda: found)

    return plug


def test_a_board_that_stayed(plugged):
    plugged(ttyACM0="e66", ttyACM1="f77")
    assert current_url("serial:///dev/ttyACM0", "e66") == "serial:///dev/ttyACM0"


def test_a_board_that_moved_keeps_its_options(plugged):
    plugged(ttyACM0="f77", ttyACM3="e66")
    assert current_url("serial:///dev/ttyACM0?baud=9600", "e66") == "serial:///dev/ttyACM3?baud=9600"


def test_a_board_that_is_away(plugged):
    plugged(ttyACM0="f77")
    assert current_url("serial:///dev/ttyACM1", "e66") == "serial:///dev/ttyACM1"


def test_a_number_that_several_have_says_nothing(plugged):
    plugged(ttyUSB1="0001", ttyUSB2="0001")
    assert current_url("serial:///dev/ttyUSB0", "0001") == "serial:///dev/ttyUSB0"
    assert current_url("serial:///dev/ttyUSB1", "0001") == "serial:///dev/ttyUSB1"


def test_a_link_to_the_port_stays(plugged, tmp_path):
    (tmp_path / "by-id").symlink_to("/dev/ttyACM3")
    plugged(ttyACM3="e66")
    assert current_url(f"serial://{tmp_path}/by-id", "e66") == f"serial://{tmp_path}/by-id"


@pytest.mark.parametrize(("url", "number"), [("serial:///dev/ttyACM1", None), ("ws://board", "e66")])
def test_what_has_no_serial_number_stays_as_it_is(plugged, url, number):
    plugged(ttyACM0="e66")
    assert current_url(url, number) == url
