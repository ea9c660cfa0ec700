"""What may be typed to name a board."""

import pytest

from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.config import Configuration
from iot_kernel.device.info import DeviceInfo
from iot_kernel.discovery import SerialPort
from iot_kernel.magics import known_boards

UID, OTHER = "00:00:00:00:00:01", "00:00:00:00:00:02"


def info(uid):
    return DeviceInfo(uid, "micropython", "1.25", "esp32")


@pytest.fixture
def registry(tmp_path, monkeypatch):
    """Two boards, of which one has a name and two addresses, and a port where one may be."""
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / "d.yaml").write_text(f"lamp:\n  uid: {UID}\nrobot:\n  uid: 00:00:00:00:00:03\n")
    registry = DeviceRegistry(
        Configuration.from_environment({"IOT_PROJECTS": str(tmp_path)}), tmp_path / "registry.json"
    )
    registry.remember("ws://10.0.0.5", info(UID))
    registry.remember("serial:///dev/ttyACM7", info(UID))
    registry.remember("ws://10.0.0.6", info(OTHER))
    registry.remember("ssh://me@pi/dev/ttyACM0", info(OTHER))
    ports = [SerialPort("/dev/ttyACM8", vid=1, pid=2), SerialPort("/dev/ttyS0")]
    monkeypatch.setattr(known_boards, "serial_ports", lambda: ports)
    return registry


def of_kind(found, kind):
    return [text for text, of in found if of == kind]


def test_boards(registry):
    found = list(known_boards.boards(registry))
    assert of_kind(found, "name") == ["lamp", "robot"]
    assert of_kind(found, "uid") == [UID, OTHER, "00:00:00:00:00:03"]
    assert of_kind(found, "url") == [
        "ws://10.0.0.5:8266",
        "serial:///dev/ttyACM7",
        "ws://10.0.0.6:8266",
        "ssh://me@pi/dev/ttyACM0",
        "serial:///dev/ttyACM8",
        "sim://",
    ]


def test_registered_boards(registry):
    found = list(known_boards.registered(registry))
    assert of_kind(found, "name") == ["lamp"]
    assert of_kind(found, "uid") == [UID, OTHER]
    assert len(of_kind(found, "url")) == 4


def test_unregistered_boards_can_only_be_registered(registry):
    registry.forget("ws://10.0.0.6")
    assert "ws://10.0.0.6:8266" not in of_kind(known_boards.boards(registry), "url")
    urls = of_kind(known_boards.addresses(registry), "url")
    assert {"ws://10.0.0.6:8266", "serial:///dev/ttyS0"} <= set(urls)


def test_kinds_of_connection(registry):
    assert of_kind(known_boards.connections(registry, "lamp"), "connection") == ["serial", "ws"]
    assert list(known_boards.connections(registry, "ws://10.0.0.6")) == []
    assert list(known_boards.connections(registry, "nobody")) == []


def test_files_that_cannot_be_used(registry, tmp_path):
    (tmp_path / "devices" / "d.yaml").write_text("lamp: [")
    (tmp_path / "registry.json").write_text("{")
    assert of_kind(known_boards.boards(registry), "name") == []
    assert of_kind(known_boards.boards(registry), "url") == ["serial:///dev/ttyACM8", "sim://"]
    assert of_kind(known_boards.addresses(registry), "url")[0] == "serial:///dev/ttyACM8"
    assert list(known_boards.connections(registry, "lamp")) == []
