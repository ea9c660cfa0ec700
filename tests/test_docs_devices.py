"""What docs/reference/devices.md shows is run here."""

import re
import socket
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from iot_kernel.boards import identify_all
from iot_kernel.config import Configuration
from iot_kernel.config.device_files import DEFAULT_EXCLUDE, DEFAULT_INCLUDE
from iot_kernel.discovery.broadcast import parse_datagram
from iot_kernel.discovery.found import Advert
from iot_kernel.discovery.listener import LISTEN_TIME
from iot_kernel.transports import SCHEMES
from iot_kernel.urls import BROADCAST_PORT, normalise, scheme_of

TEXT = (Path(__file__).parents[1] / "docs" / "reference" / "devices.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", TEXT, re.DOTALL | re.MULTILINE)
    return [re.sub(rf"^{indent}", "", text, flags=re.MULTILINE) for indent, text in found]


@pytest.fixture
def configuration(tmp_path: Path) -> Configuration:
    (yaml,) = blocks("yaml")
    secrets, _ = blocks("python")
    for name, text in (("devices/boards.yaml", yaml), ("libs/secrets.py", secrets)):
        file = tmp_path / name
        file.parent.mkdir()
        file.write_text(text, encoding="utf-8")
        file.chmod(0o600)
    return Configuration.from_environment({"IOT_PROJECTS": str(tmp_path), "HOME": "/home/ann"})


def test_the_device_file_says_what_its_comments_say(configuration: Configuration, tmp_path: Path):
    lamp, robot = configuration.devices()
    assert (lamp.name, lamp.uid, lamp.resources) == ("lamp", "30:ae:a4:30:84:34", ())
    assert lamp.install_dir == "/"
    assert robot.exclude_patterns == ("boot_out.txt", "/data")
    assert [
        (str(resource.source), resource.install_dir, resource.unpack) for resource in robot.resources
    ] == [
        (f"{tmp_path}/robot/code/drivers", "/lib", None),
        (f"{tmp_path}/robot/code/motors.py", "/lib", None),
        (f"{tmp_path}/robot/code/main.py", "/", None),
        ("/home/ann/shared/web", "/www", True),
    ]


def test_the_defaults_are_those_in_the_table():
    for pattern in (*DEFAULT_INCLUDE, *DEFAULT_EXCLUDE):
        assert f"`{pattern}`" in TEXT


def test_the_secrets_file_is_understood(configuration: Configuration):
    robot = configuration.by_name("robot").uid
    lamp = configuration.by_name("lamp").uid
    assert configuration.password_for(robot, "ws://10.0.0.1") == "swordfish"
    assert configuration.password_for(lamp, "ws://10.0.0.2") == "micropyth"
    assert configuration.password_for(None, "ws://192.168.1.20:8266", by_hand=True) == "tuna"
    assert configuration.secrets().broadcast_port == BROADCAST_PORT
    assert configuration.take_notes() == []


def test_a_board_that_runs_the_example_is_understood(monkeypatch: pytest.MonkeyPatch):
    wlan = SimpleNamespace(ifconfig=lambda: ("127.0.0.1", "255.0.0.0", "0.0.0.0", "0.0.0.0"))
    monkeypatch.setitem(sys.modules, "network", SimpleNamespace(WLAN=lambda _: wlan, STA_IF=0))
    chip = SimpleNamespace(unique_id=lambda: bytes.fromhex("30aea4308434"))
    monkeypatch.setitem(sys.modules, "machine", chip)
    _, program = blocks("python")
    names: dict[str, object] = {}
    exec(program, names)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(60)
        names["announce"]("127.0.0.1", receiver.getsockname()[1])
        data, (sender, _) = receiver.recvfrom(1000)
    assert parse_datagram(data, sender) == Advert("ws://127.0.0.1:8266", "30:ae:a4:30:84:34")


def test_the_urls_are_understood():
    table = TEXT[TEXT.index("| url | is |") : TEXT.index("## Device files")]
    urls = re.findall(r"`([a-z0-9]+://[^`…]*)`", table)
    assert len(urls) >= 8
    for url in urls:
        assert scheme_of(normalise(url.replace("host:port", "host:1"))) in SCHEMES
    assert normalise("/dev/ttyACM0") == "serial:///dev/ttyACM0"


def test_the_numbers_are_right():
    assert f"{LISTEN_TIME:g} seconds" in TEXT
    assert identify_all.ASK_TIMEOUT == 4
    assert f"port {BROADCAST_PORT}" in TEXT
