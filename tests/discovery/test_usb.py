import subprocess
import sys

from serial.tools.list_ports_common import ListPortInfo

from iot_kernel.discovery import Candidate, SerialPort, serial_ports, sort_ports
from tests.each import each


def info(device: str, **attributes: object) -> ListPortInfo:
    port = ListPortInfo(device, skip_link_detection=True)
    for name, value in attributes.items():
        setattr(port, name, value)
    if port.vid is not None:
        port.apply_usb_info()
    return port


def only(**attributes: object) -> tuple[list[Candidate], list[str]]:
    candidates, skipped = sort_ports(serial_ports(lambda: [info("/dev/ttyACM0", **attributes)]))
    return candidates, [skip.reason for skip in skipped]


@each(
    "vid",
    [
        0x2E8A,
        0x0403,
        0x2341,
        0x0D28,
        0x303A,
        0x239A,
        0x2B04,
        0xF055,
        0x10C4,
        0x1A86,
        0x1209,
        0x0483,
        0x1366,
        0xFFFF,
    ],
)
def test_any_usb_device_may_be_a_board(vid: int):
    candidates, skipped = only(vid=vid, pid=1, serial_number="0163A3DA")
    assert candidates == [Candidate("serial:///dev/ttyACM0", serial_number="0163A3DA")]
    assert skipped == []


@each(
    ("attributes", "reason"),
    [
        ({}, "not a USB port"),
        ({"vid": 0x2C7C, "pid": 0x0125}, "seems to be a Quectel modem"),
        ({"vid": 0x04E8, "pid": 0x6860}, "seems to be a Samsung phone"),
        ({"vid": 0x0658, "pid": 0x0200}, "seems to be a Z-Wave stick"),
        (
            {"vid": 0x10C4, "pid": 0xEA60, "product": "Sonoff Zigbee 3.0 USB Dongle Plus"},
            "seems to be a Zigbee stick",
        ),
        ({"vid": 0x067B, "pid": 0x2303, "product": "u-blox GNSS receiver"}, "seems to be a GPS receiver"),
        ({"vid": 0x239A, "pid": 1, "interface": "CircuitPython CDC2 control"}, "a board's second port"),
    ],
)
def test_what_is_no_board_is_skipped_with_the_reason_and_the_way_out(
    attributes: dict[str, object], reason: str
):
    candidates, (said,) = only(**attributes)
    assert candidates == []
    assert said.startswith(reason) or reason in said
    assert said.endswith("%register serial:///dev/ttyACM0")


def test_only_a_port_that_is_not_on_usb_is_nothing_unusual():
    ports = serial_ports(lambda: [info("/dev/ttyS0"), info("/dev/ttyACM0", vid=0x2C7C, pid=1)])
    assert [(skip.url, skip.usual) for skip in sort_ports(ports)[1]] == [
        ("serial:///dev/ttyACM0", False),
        ("serial:///dev/ttyS0", True),
    ]


def test_words_count_only_whole():
    candidates, _ = only(vid=0x1209, pid=1, product="Gpsy Modems Inc. board")
    assert len(candidates) == 1


def test_ports_are_in_the_order_people_count():
    ports = serial_ports(lambda: [info(f"/dev/ttyACM{number}") for number in (10, 2, 1)])
    assert [port.device for port in ports] == ["/dev/ttyACM1", "/dev/ttyACM2", "/dev/ttyACM10"]


def test_attributes_are_what_is_known():
    (port,) = serial_ports(
        lambda: [
            info(
                "/dev/ttyUSB0",
                vid=0x10C4,
                pid=0xEA60,
                serial_number="0163A3DA",
                location="1-1.3",
                manufacturer="Silicon Labs",
                product="CP2104 USB to UART Bridge Controller",
            )
        ]
    )
    assert port.attributes() == [
        ("hwid", "USB VID:PID=10C4:EA60 SER=0163A3DA LOCATION=1-1.3"),
        ("manufacturer", "Silicon Labs"),
        ("product", "CP2104 USB to UART Bridge Controller"),
    ]
    assert SerialPort("/dev/ttyS0").attributes() == []
    assert serial_ports(lambda: [info("/dev/ttyS0")])[0].attributes() == []


def test_texts_of_devices_are_cleaned():
    (port,) = serial_ports(lambda: [info("COM3", vid=1, pid=2, product="\x1b[31m" + "x" * 1000)])
    assert port.product.startswith("?[31mxxx")
    assert len(port.product) <= 200
    assert port.url == "serial://COM3"


def test_the_ports_of_this_computer_are_listed():
    ports = serial_ports()
    candidates, skipped = sort_ports(ports)
    assert len(candidates) + len(skipped) == len(ports)


def test_pyserial_is_loaded_only_when_ports_are_listed():
    code = "import sys, iot_kernel.discovery; sys.exit(bool({'serial', 'zeroconf'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_ports_of_windows_come_in_the_order_of_their_numbers():
    found = serial_ports(
        lambda: [info("COM12", vid=0x2E8A, pid=5), info("COM3", hwid="BTHENUM\\\\{0}"), info("COM4")]
    )
    assert [port.url for port in found] == ["serial://COM3", "serial://COM4", "serial://COM12"]
    candidates, skipped = sort_ports(found)
    assert candidates == [Candidate("serial://COM12")]
    assert skipped[0].reason == "not a USB port; if a board is connected to it: %register serial://COM3"


def test_ports_of_macos():
    names = ["/dev/cu.usbmodem1101", "/dev/cu.Bluetooth-Incoming-Port", "/dev/cu.debug-console"]
    ports = [info(name, vid=0x2E8A if "usb" in name else None, pid=5) for name in names]
    candidates, skipped = sort_ports(serial_ports(lambda: ports))
    assert candidates == [Candidate("serial:///dev/cu.usbmodem1101")]
    assert [skip.usual for skip in skipped] == [True, True]
