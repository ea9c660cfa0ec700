import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from iot_kernel.boards.errors import AmbiguousDeviceError, DeviceNotFoundError
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.config import PASSWORD_VARIABLE, Configuration
from iot_kernel.errors import ConfigError, ConnectError

LAMP, ROBOT, NEW = "00:00:00:00:00:01", "00:00:00:00:00:02", "00:00:00:00:00:03"
USB, WS = "serial:///dev/ttyACM0", "ws://10.0.0.5:8266"


@dataclass(frozen=True)
class Info:
    uid: str
    implementation: str = "micropython"
    platform: str = "esp32"


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    devices = tmp_path / "devices"
    devices.mkdir()
    (devices / "d.yaml").write_text(f"lamp:\n  uid: {LAMP}\nrobot:\n  uid: {ROBOT}\n")
    return tmp_path


@pytest.fixture
def registry(projects: Path) -> DeviceRegistry:
    configuration = Configuration.from_environment(
        {"IOT_PROJECTS": str(projects), PASSWORD_VARIABLE: "hunter2"}
    )
    return DeviceRegistry(configuration, projects / "registry.json")


def urls(registry: DeviceRegistry) -> list[str]:
    return [entry.url for entry in registry.entries()]


def test_what_is_remembered_is_known_to_the_next_kernel(registry: DeviceRegistry, projects: Path):
    before = time.time()
    entry = registry.remember("/dev/ttyACM0", Info(LAMP), serial_number="0163A3DA")
    assert before <= entry.seen <= time.time()
    assert (entry.url, entry.uid, entry.implementation, entry.platform) == (USB, LAMP, "micropython", "esp32")
    other = DeviceRegistry(registry.configuration, projects / "registry.json")
    assert other.entries() == [entry]
    assert other.entry_at("/dev/ttyACM0") == entry
    assert other.entry_at(WS) is None


def test_an_address_that_is_taken_out_was_never_known(registry: DeviceRegistry):
    registry.remember("sim://a", Info(NEW))
    registry.remember(USB, Info(LAMP))
    registry.drop("sim://a")
    registry.drop("sim://b")
    assert [entry.url for entry in registry.all_entries()] == [USB]


def test_the_file_is_in_jupyters_data_directory(projects: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(projects / "data"))
    registry = DeviceRegistry(Configuration.from_environment({"IOT_PROJECTS": str(projects)}))
    assert not (projects / "data").exists()
    registry.remember(USB, Info(LAMP))
    assert (projects / "data" / "iot-kernel" / "registry.json").exists()


def test_names_come_from_the_device_files(registry: DeviceRegistry):
    entry = registry.remember(USB, Info(LAMP))
    assert registry.name_of(entry.uid, entry.url) == "lamp"
    assert registry.name_of(LAMP, USB) == "lamp"
    assert registry.name_of(NEW, USB) == NEW
    assert registry.name_of("", USB) == USB


def test_a_broken_device_file_costs_the_names_and_nothing_else(registry: DeviceRegistry, projects: Path):
    entry = registry.remember(USB, Info(LAMP))
    (projects / "devices" / "d.yaml").write_text("lamp: [")
    assert registry.name_of(entry.uid, entry.url) == LAMP
    assert registry.resolve(USB).uid == LAMP
    assert registry.resolve(LAMP) == entry
    with pytest.raises(ConfigError, match=r"d\.yaml, line 1"):
        registry.resolve("lamp")
    with pytest.raises(ConfigError):
        registry.names()


@pytest.mark.parametrize("text", ["lamp", " lamp ", LAMP, "00-00-00-00-00-01", USB, "/dev/ttyACM0"])
def test_a_board_answers_to_name_uid_and_address(registry: DeviceRegistry, text: str):
    registry.remember("/dev/ttyACM1", Info(ROBOT))
    registry.remember(USB, Info(LAMP))
    entry = registry.resolve(text)
    assert (entry.url, entry.uid) == (USB, LAMP)


def test_a_board_with_several_addresses_is_met_by_the_wanted_one(registry: DeviceRegistry):
    registry.remember(WS, Info(LAMP))
    registry.remember(USB, Info(LAMP))
    assert registry.resolve("lamp").url == USB
    assert registry.resolve("lamp", ["ws"]).url == WS
    assert registry.resolve("lamp", ["telnet", "ws", "serial"]).url == WS
    assert [entry.url for entry in registry.candidates("lamp")] == [USB, WS]
    with pytest.raises(DeviceNotFoundError):
        registry.resolve("lamp", ["telnet"])


def test_an_unknown_address_that_was_typed_counts_as_by_hand(registry: DeviceRegistry):
    entry = registry.resolve("ws://new")
    assert entry == Entry("ws://new:8266", by_hand=True)
    assert registry.entries() == []
    registry.remember(WS, Info(NEW))
    assert registry.resolve(WS).by_hand
    assert not registry.resolve(NEW).by_hand


def test_nothing_known_names_what_is(registry: DeviceRegistry):
    registry.remember(USB, Info(LAMP))
    registry.remember(WS, Info(LAMP))
    registry.remember("ws://x", Info(""))
    with pytest.raises(DeviceNotFoundError) as caught:
        registry.resolve("lmap")
    assert caught.value.known == ("lamp", "ws://x:8266")
    assert (
        str(caught.value)
        == "no board is called 'lmap' (known: lamp, ws://x:8266; '%discover' looks for more)"
    )


def test_text_that_is_shown_is_cleaned(registry: DeviceRegistry):
    with pytest.raises(DeviceNotFoundError) as caught:
        registry.resolve("\x1b[31mlamp")
    assert "\x1b" not in str(caught.value)


def test_an_impossible_address_is_refused(registry: DeviceRegistry):
    for use in (registry.resolve, registry.register, registry.forget):
        with pytest.raises(ConnectError):
            use("ws://user:hunter2@host")


def test_the_only_board_may_have_several_addresses(registry: DeviceRegistry):
    with pytest.raises(DeviceNotFoundError, match=r"no board is known .*%connect sim://"):
        registry.only(registry.entries())
    registry.remember(WS, Info(LAMP))
    registry.remember(USB, Info(LAMP))
    assert registry.only(registry.entries()).url == USB
    registry.remember("/dev/ttyACM1", Info(ROBOT))
    with pytest.raises(AmbiguousDeviceError) as caught:
        registry.only(registry.entries())
    assert caught.value.candidates == {"lamp": USB, "robot": "serial:///dev/ttyACM1"}
    assert registry.only(registry.candidates("robot")).uid == ROBOT


def test_another_board_at_the_same_port_replaces_the_first(registry: DeviceRegistry):
    registry.remember(USB, Info(LAMP))
    registry.remember(USB, Info(ROBOT))
    assert [(entry.url, entry.uid) for entry in registry.entries()] == [(USB, ROBOT)]


def test_a_board_that_was_plugged_in_elsewhere_leaves_no_trace(registry: DeviceRegistry, tmp_path: Path):
    registry.remember(f"{tmp_path}/gone", Info(LAMP))
    registry.remember(f"{tmp_path}/typed", Info(LAMP), by_hand=True)
    (tmp_path / "here").touch()
    registry.remember(f"{tmp_path}/here", Info(LAMP))
    assert urls(registry) == [f"serial://{tmp_path}/here"]


def test_the_order_is_that_of_first_meeting(registry: DeviceRegistry):
    registry.remember("ws://b", Info(LAMP))
    registry.remember("ws://a", Info(ROBOT))
    registry.remember("ws://b", Info(LAMP))
    assert urls(registry) == ["ws://b:8266", "ws://a:8266"]


@pytest.mark.parametrize("text", ["lamp", LAMP, USB])
def test_an_unregistered_board_stays_away_until_it_is_registered(registry: DeviceRegistry, text: str):
    registry.remember(USB, Info(LAMP))
    registry.forget(text)
    registry.remember(USB, Info(LAMP))
    assert registry.entries() == []
    with pytest.raises(DeviceNotFoundError):
        registry.resolve("lamp")
    with pytest.raises(DeviceNotFoundError):
        registry.forget(text)
    registry.register(USB)
    assert urls(registry) == [USB]
    assert registry.resolve("lamp").by_hand


def test_an_unregistered_board_stays_away_at_a_new_port_too(registry: DeviceRegistry):
    registry.remember(USB, Info(LAMP))
    registry.forget("lamp")
    registry.remember("/dev/ttyACM1", Info(LAMP))
    registry.remember(USB, Info(ROBOT))
    assert [(entry.url, entry.uid) for entry in registry.entries()] == [(USB, ROBOT)]


def test_unregistering_an_address_leaves_the_boards_others(registry: DeviceRegistry):
    registry.remember(USB, Info(LAMP))
    registry.remember(WS, Info(LAMP))
    registry.forget("/dev/ttyACM0")
    registry.remember(USB, Info(LAMP))
    assert urls(registry) == [WS]
    registry.forget("lamp")
    assert urls(registry) == []


def test_what_was_registered_survives_being_met_elsewhere(registry: DeviceRegistry, tmp_path: Path):
    (tmp_path / "here").touch()
    registry.register(f"{tmp_path}/gone")
    registry.remember(f"{tmp_path}/gone", Info(LAMP))
    registry.remember(f"{tmp_path}/here", Info(LAMP))
    registry.forget_absent([registry.resolve(f"{tmp_path}/here")], {f"serial://{tmp_path}/gone": True})
    assert urls(registry) == [f"serial://{tmp_path}/gone", f"serial://{tmp_path}/here"]
    registry.forget(f"{tmp_path}/gone")
    registry.remember(f"{tmp_path}/gone", Info(LAMP), by_hand=True)
    registry.forget_absent([registry.resolve(f"{tmp_path}/here")], {f"serial://{tmp_path}/gone": True})
    assert urls(registry) == [f"serial://{tmp_path}/here"]


def test_forgetting_all_keeps_what_was_registered_by_hand(registry: DeviceRegistry):
    registry.remember(USB, Info(LAMP))
    registry.register("ws://hand")
    registry.register("ws://gone")
    registry.forget("ws://gone")
    registry.forget_all()
    assert urls(registry) == ["ws://hand:8266"]
    registry.remember("ws://gone", Info(ROBOT))
    assert urls(registry) == ["ws://hand:8266", "ws://gone:8266"]


def test_forgetting_all_repairs_a_broken_file(registry: DeviceRegistry, projects: Path):
    (projects / "registry.json").write_text("{")
    with pytest.raises(ConfigError, match=r"registry\.json"):
        registry.entries()
    registry.forget_all()
    assert registry.entries() == []
    assert (projects / "registry.json.broken").exists()


def test_registering_keeps_what_is_known(registry: DeviceRegistry):
    met = registry.remember(WS, Info(LAMP))
    registry.register("WS://10.0.0.5/")
    assert registry.resolve(WS).uid == met.uid


def test_passwords_are_for_configured_boards_and_hand_registered_addresses(registry: DeviceRegistry):
    assert registry.password_for(Entry(WS, LAMP)) == "hunter2"
    assert registry.password_for(Entry(WS, NEW)) is None
    assert registry.password_for(Entry(WS)) is None
    assert registry.password_for(registry.resolve("ws://typed")) == "hunter2"
    registry.register("ws://hand")
    assert registry.password_for(registry.entry_at("ws://hand")) == "hunter2"
    registry.forget("ws://hand")
    assert registry.password_for(registry.entry_at("ws://hand")) is None


def test_what_a_board_says_is_cleaned(registry: DeviceRegistry):
    entry = registry.remember(USB, Info("nonsense\x1b", "\x1b[31m", "x" * 10_000), serial_number="\x00")
    assert entry.uid == ""
    assert entry.implementation == "?[31m"
    assert len(entry.platform) < 100
    assert entry.serial_number == "?"
    assert registry.entries() == [entry]


def test_forgetting_all_ends_virtual_boards_too(registry):
    registry.register("sim://lamp")
    registry.register("serial:///dev/ttyACM7")
    registry.forget_all()
    assert [entry.url for entry in registry.entries()] == ["serial:///dev/ttyACM7"]
