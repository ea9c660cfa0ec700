"""Searching with fake boards, real claims, real announcements on loopback; and once with everything real."""

import os
import pty
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from zeroconf import ServiceInfo, Zeroconf

from iot_kernel.boards import scan
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.scan import Discovery, discover
from iot_kernel.config import PASSWORD_VARIABLE, Configuration
from iot_kernel.device.device import Device
from iot_kernel.discovery import Listening, SerialPort
from iot_kernel.errors import ConfigError, ConnectError, ConnectReason
from tests.claimed import claimed
from tests.free_ports import free_port
from tests.real_boards.board import Board
from tests.real_boards.message_board import MessageBoard

LAMP, ROBOT, NEW = "00:00:00:00:00:01", "00:00:00:00:00:02", "00:00:00:00:00:03"
SSH = "ssh://pi/dev/ttyACM0"
USB, USB1 = "serial:///dev/ttyACM0", "serial:///dev/ttyACM1"
DEAF = Listening(seconds=0)
DEADLINE = 30.0  # s; generous


@dataclass(frozen=True)
class Info:
    uid: str
    implementation: str = "micropython"
    platform: str = "esp32"
    talks_in_messages: bool = False


class World:
    """Fake boards by url: a uid, the error they give, or what happens. Notes who was opened, and how."""

    def __init__(self) -> None:
        self.boards: dict[str, str | Exception | Callable[[], str]] = {}
        self.opened: dict[str, str | None] = {}

    def __call__(self, url: str, *, password: str | None = None) -> "FakeBoard":
        return FakeBoard(self, url, password)


class FakeBoard:
    serial_number: str | None = None

    def __init__(self, world: World, url: str, password: str | None) -> None:
        self.world, self.url, self.password = world, url, password
        self.closed = threading.Event()

    def open(self, *, interrupt: bool, timeout: float) -> Info:
        self.world.opened[self.url] = self.password
        answer = self.world.boards.get(self.url, "silent")
        if isinstance(answer, Exception):
            raise answer
        if callable(answer):
            return Info(answer())
        if answer == "silent":
            self.closed.wait(60)
            raise ConnectError(self.url, ConnectReason.TIMEOUT, "nothing")
        return Info(answer)

    def close(self) -> None:
        self.closed.set()


@pytest.fixture(autouse=True)
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    before = set(threading.enumerate())
    yield
    assert set(threading.enumerate()) <= before


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    (tmp_path / "devices").mkdir()
    (tmp_path / "devices" / "d.yaml").write_text(f"lamp:\n  uid: {LAMP}\nrobot:\n  uid: {ROBOT}\n")
    return tmp_path


@pytest.fixture
def registry(projects: Path) -> DeviceRegistry:
    configuration = Configuration.from_environment(
        {"IOT_PROJECTS": str(projects), PASSWORD_VARIABLE: "hunter2"}
    )
    return DeviceRegistry(configuration, projects / "registry.json")


@pytest.fixture
def search(registry: DeviceRegistry, world: World) -> Callable[..., Discovery]:
    def run(*ports: SerialPort, listening: Listening = DEAF, **options: object) -> Discovery:
        return discover(registry, listening=listening, ports=lambda: list(ports), board=world, **options)

    return run


def usb(device: str = "/dev/ttyACM0", **attributes: object) -> SerialPort:
    return SerialPort(device, vid=0x2E8A, pid=5, **attributes)


def rows(found: Discovery) -> list[tuple[str, str, str]]:
    return [(row.name, row.entry.url, row.note) for row in found.rows]


def reasons(found: Discovery) -> dict[str, str]:
    return {skip.url: skip.reason for skip in found.skipped}


@contextmanager
def other_kernel(url: str, uid: str) -> Iterator[subprocess.Popen[str]]:
    code = (
        "import sys; from iot_kernel.device.board_lock import claim; url, uid = sys.argv[1:]; "
        "held = claim(url, url=url), claim('uid:' + uid, url=url, uid=uid); print('held', flush=True); "
        "sys.stdin.read()"
    )
    environ = os.environ | {"JPY_SESSION_NAME": "/srv/intro.ipynb"}
    command = [sys.executable, "-c", code, url, uid]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ
    ) as other:
        assert other.stdout.readline() == "held\n"
        try:
            yield other
        finally:
            other.communicate(timeout=30)


@contextmanager
def announced(*datagrams: bytes) -> Iterator[Listening]:
    """Announces on loopback, over and over, as boards do."""
    port = free_port()
    stop = threading.Event()

    def announce() -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
            while not stop.wait(0.02):
                for datagram in datagrams:
                    out.sendto(datagram, ("127.0.0.1", port))

    thread = threading.Thread(target=announce)
    thread.start()
    try:
        yield Listening(seconds=1.0, port=port, address="127.0.0.1", mdns=False)
    finally:
        stop.set()
        thread.join()


def test_a_board_that_answers_is_shown_and_remembered(registry: DeviceRegistry, world: World, search):
    world.boards = {USB: LAMP}
    found = search(usb(serial_number="0163A3DA"))
    assert rows(found) == [("lamp", USB, "")]
    assert (found.skipped, found.notes) == ([], [])
    assert registry.resolve("lamp").url == USB
    assert registry.resolve("lamp").serial_number == "0163A3DA"
    assert not registry.resolve("lamp").by_hand


def test_a_board_without_a_name_is_called_by_its_uid_and_one_without_a_uid_by_its_address(
    world: World, search
):
    world.boards = {USB: NEW, USB1: ""}
    found = search(usb(), usb("/dev/ttyACM1"))
    assert rows(found) == [(NEW, USB, ""), (USB1, USB1, "")] or rows(found) == [
        (USB1, USB1, ""),
        (NEW, USB, ""),
    ]


def test_ports_that_cannot_be_boards_are_not_opened(world: World, search):
    found = search(SerialPort("/dev/ttyS0"), SerialPort("/dev/tty2", vid=0x2C7C))
    assert world.opened == {}
    assert reasons(found) == {
        "serial:///dev/ttyS0": "not a USB port; if a board is connected to it: %register serial:///dev/ttyS0",
        "serial:///dev/tty2": "seems to be a Quectel modem; if it is a board: %register serial:///dev/tty2",
    }


def test_what_was_registered_by_hand_is_asked_whatever_it_is(registry: DeviceRegistry, world: World, search):
    registry.register("/dev/ttyS0")
    registry.register("ws://10.0.0.5")
    world.boards = {"serial:///dev/ttyS0": LAMP, "ws://10.0.0.5:8266": NEW}
    found = search(SerialPort("/dev/ttyS0"))
    assert [row[0] for row in rows(found)] == ["lamp", NEW]
    assert found.skipped == []
    assert world.opened["ws://10.0.0.5:8266"] == "hunter2"


@pytest.mark.parametrize(
    ("reason", "text", "said"),
    [
        (
            ConnectReason.BUSY,
            "the port is in use by another program",
            "the port is in use by another program",
        ),
        (ConnectReason.DENIED, "the group 'dialout' has", "the group 'dialout' has"),
        (ConnectReason.TIMEOUT, "x", f"no prompt: a program may be running; %connect {USB} interrupts it"),
        (
            ConnectReason.NOT_A_BOARD,
            "x",
            f"no prompt: a program may be running; %connect {USB} interrupts it",
        ),
    ],
)
def test_who_does_not_answer_is_skipped_with_the_reason(
    registry: DeviceRegistry, world: World, search, reason: ConnectReason, text: str, said: str
):
    world.boards = {USB: ConnectError(USB, reason, text)}
    found = search(usb())
    assert found.rows == []
    assert reasons(found) == {USB: said}
    assert registry.entries() == []


def test_a_wrong_password_is_said_with_its_source(registry: DeviceRegistry, world: World, search):
    url = "ws://10.0.0.5:8266"
    registry.register(url)
    world.boards = {url: ConnectError(url, ConnectReason.AUTH, "refused")}
    assert reasons(search()) == {url: f"refused; it came from {PASSWORD_VARIABLE}"}


def test_a_webrepl_that_does_not_answer_is_said_as_it_is(registry: DeviceRegistry, world: World, search):
    url = "ws://10.0.0.5:8266"
    registry.register(url)
    world.boards = {url: ConnectError(url, ConnectReason.TIMEOUT, "nothing answered in time")}
    assert reasons(search()) == {url: "nothing answered in time"}


def test_a_silent_board_does_not_hold_up_the_others(world: World, search, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(scan, "SEARCH_TIMEOUT", 0.5)
    world.boards = {USB: "silent", USB1: LAMP}
    found = search(usb(), usb("/dev/ttyACM1"))
    assert rows(found) == [("lamp", USB1, "")]
    assert reasons(found) == {USB: f"no answer in time; %connect {USB} waits longer"}


def test_a_search_can_be_ended_early(world: World, search):
    world.boards = {USB: "silent", USB1: LAMP}
    cancel = threading.Event()

    def progress(done: int, total: int) -> None:
        if done == 1:
            cancel.set()

    found = search(usb(), usb("/dev/ttyACM1"), progress=progress, cancel=cancel)
    assert rows(found) == [("lamp", USB1, "")]
    assert reasons(found) == {USB: f"the search was ended; %connect {USB} waits longer"}


def test_progress_tells_how_far_it_is(world: World, search):
    world.boards = {USB: LAMP, USB1: ROBOT}
    told: list[tuple[int, int]] = []
    search(usb(), usb("/dev/ttyACM1"), progress=lambda *step: told.append(step))
    assert told == [(0, 2), (1, 2), (2, 2)]


def test_a_board_of_another_kernel_is_shown_and_not_touched(world: World, search):
    with other_kernel(USB, LAMP) as other:
        found = search(usb())
    assert world.opened == {}
    assert rows(found) == [("lamp", USB, f"in use by the notebook /srv/intro.ipynb (process {other.pid})")]


def test_boards_of_other_kernels_are_shown_wherever_they_are(world: World, search):
    with other_kernel("sim://robot", ROBOT):
        found = search()
    assert [row[:2] for row in rows(found)] == [("robot", "sim://robot")]
    assert world.opened == {}


def test_our_own_board_is_shown_and_not_touched(registry: DeviceRegistry, world: World, search):
    registry.remember(USB, Info(LAMP))
    with claimed(USB, url=USB):
        found = search(usb())
    assert world.opened == {}
    assert rows(found) == [("lamp", USB, "connected")]


def test_a_board_that_is_connected_is_not_asked_at_its_other_address(
    registry: DeviceRegistry, world: World, search
):
    """Both lead to one prompt: what would be asked at the cable, a notebook at the WebREPL would show."""
    registry.remember(USB, Info(LAMP), serial_number="1")
    registry.remember("ws://10.0.0.1:8266", Info(LAMP))
    world.boards = {USB: LAMP}
    with ExitStack() as stack:
        for key in ("ws://10.0.0.1:8266", f"uid:{LAMP}"):
            stack.enter_context(claimed(key, url="ws://10.0.0.1:8266", uid=LAMP))
        found = search(usb(serial_number="1"))
        assert world.opened == {}
        assert rows(found) == [
            ("lamp", USB, "connected in another way"),
            ("lamp", "ws://10.0.0.1:8266", "connected"),
        ]
        search(usb(serial_number="2"))  # another board is at that port by now
    assert list(world.opened) == [USB]


def test_a_board_that_is_taken_while_it_is_asked_is_shown_as_held(world: World, search):
    with ExitStack() as stack:

        def taken() -> str:
            stack.enter_context(other_kernel(USB, LAMP))
            raise ConnectError(USB, ConnectReason.HELD, "is in use by another kernel")

        world.boards = {USB: taken}
        found = search(usb())
    assert [row[:2] for row in rows(found)] == [("lamp", USB)]
    assert found.skipped == []


def test_a_kernel_that_only_asked_too_is_gone_by_then(world: World, search):
    world.boards = {USB: ConnectError(USB, ConnectReason.HELD, "is in use by another kernel")}
    assert reasons(search(usb())) == {USB: "is in use by another kernel"}


def test_two_searches_at_once_find_the_same(registry: DeviceRegistry, world: World, search):
    """The other kernel asks the board, remembers it and lets it go while this search goes on."""
    with ExitStack() as other:
        other.enter_context(other_kernel(USB, LAMP))

        def meanwhile() -> str:
            other.close()
            registry.remember(USB, Info(LAMP))
            return ROBOT

        world.boards = {USB1: meanwhile}
        found = search(usb(), usb("/dev/ttyACM1"))
    assert sorted(rows(found)) == [("lamp", USB, ""), ("robot", USB1, "")]


def test_a_virtual_board_is_listed_and_not_started(registry: DeviceRegistry, world: World, search):
    registry.register("sim://")
    found = search()
    assert rows(found) == [("sim://", "sim://", "virtual; it starts when it is connected")]
    assert world.opened == {}


def test_a_board_at_another_computer_is_listed_and_nobody_logs_in(
    registry: DeviceRegistry, world: World, search
):
    registry.remember(SSH, Info(LAMP), by_hand=True)
    found = search()
    assert rows(found) == [("lamp", SSH, "at another computer; it is asked when it is connected")]
    assert world.opened == {}


def missing(url: str) -> ConnectError:
    return ConnectError(url, ConnectReason.MISSING, "there is no such serial port")


def test_an_address_is_forgotten_when_its_board_is_at_another_one(
    registry: DeviceRegistry, world: World, search
):
    for url in (USB, "socket://10.0.0.7:1", "ws://10.0.0.8"):
        registry.remember(url, Info(LAMP), by_hand=True)
    registry.register("socket://10.0.0.9:1")
    registry.remember("socket://10.0.0.9:1", Info(LAMP))
    world.boards = {url: missing(url) for url in (USB, "socket://10.0.0.7:1", "socket://10.0.0.9:1")}
    world.boards |= {USB1: LAMP, "ws://10.0.0.8:8266": missing("ws://10.0.0.8:8266")}
    found = search(usb("/dev/ttyACM1"))
    assert rows(found) == [("lamp", USB1, "")]
    assert [(skip.url, skip.board, skip.usual) for skip in found.skipped] == [
        ("socket://10.0.0.9:1", "lamp", True),
        ("ws://10.0.0.8:8266", "lamp", True),
    ]
    assert [entry.url for entry in registry.entries()] == [
        "ws://10.0.0.8:8266",
        "socket://10.0.0.9:1",
        USB1,
    ]


def test_a_board_that_is_not_there_for_long_is_forgotten(
    registry: DeviceRegistry, world: World, search, monkeypatch: pytest.MonkeyPatch
):
    for url, uid in ((USB, NEW), (USB1, LAMP)):
        registry.remember(url, Info(uid), by_hand=True)
        world.boards[url] = missing(url)
    assert [skip.board for skip in search().skipped] == [NEW, "lamp"]
    monkeypatch.setattr("iot_kernel.boards.registry_entry.FORGET_AFTER", -1)
    assert [skip.board for skip in search().skipped] == ["lamp"]


def test_a_search_that_was_ended_forgets_nothing(registry: DeviceRegistry, world: World, search):
    gone = "socket://10.0.0.7:1"
    registry.remember(gone, Info(LAMP), by_hand=True)
    cancel = threading.Event()
    world.boards = {gone: missing(gone), USB1: LAMP}
    found = search(usb("/dev/ttyACM1"), progress=lambda done, *_: done == 2 and cancel.set(), cancel=cancel)
    assert rows(found) == [("lamp", USB1, "")]
    assert [entry.url for entry in registry.entries()] == [gone, USB1]


def test_a_port_with_two_names_is_one_row(registry: DeviceRegistry, world: World, search, tmp_path: Path):
    port, link = tmp_path / "ttyACM0", tmp_path / "lamp"
    port.touch()
    link.symlink_to(port)
    world.boards = {f"serial://{port}": LAMP, f"serial://{link}": LAMP, f"serial://{link}?baud=9600": LAMP}
    assert rows(search(usb(str(port)))) == [("lamp", f"serial://{port}", "")]
    registry.remember(str(link), Info(LAMP), by_hand=True)
    registry.remember(f"{link}?baud=9600", Info(LAMP), by_hand=True)
    world.opened.clear()
    assert rows(search(usb(str(port)))) == [("lamp", f"serial://{link}", "")]
    assert list(world.opened) == [f"serial://{link}"]


def test_an_unregistered_board_is_not_asked(registry: DeviceRegistry, world: World, search):
    world.boards = {USB: LAMP}
    search(usb(serial_number="A"))
    registry.forget("lamp")
    world.opened.clear()
    found = search(usb(serial_number="A"))
    assert found.rows == []
    assert reasons(found) == {USB: f"unregistered; %register {USB} or %discover -f brings it back"}
    assert world.opened == {}


def test_another_device_at_that_port_is_asked(registry: DeviceRegistry, world: World, search):
    world.boards = {USB: LAMP}
    search(usb(serial_number="A"))
    registry.forget("lamp")
    world.boards = {USB: ROBOT}
    assert rows(search(usb(serial_number="B"))) == [("robot", USB, "")]


def test_an_unregistered_board_at_another_port_stays_away(registry: DeviceRegistry, world: World, search):
    world.boards = {USB: LAMP, USB1: LAMP}
    search(usb(serial_number="A"))
    registry.forget("lamp")
    found = search(usb("/dev/ttyACM1", serial_number="A"))
    assert found.rows == []
    assert "unregistered" in reasons(found)[USB1]


def test_rows_are_in_the_order_of_the_registry(world: World, search):
    world.boards = {USB1: ROBOT}
    search(usb("/dev/ttyACM1"))
    world.boards = {USB: LAMP, USB1: ROBOT}
    assert [row[0] for row in rows(search(usb(), usb("/dev/ttyACM1")))] == ["robot", "lamp"]


def test_a_configured_board_that_announces_itself_gets_the_password(world: World, search):
    world.boards = {"ws://127.0.0.1:8266": LAMP}
    with announced(b"ws://127.0.0.1:8266\n" + LAMP.encode()) as listening:
        found = search(listening=listening)
    assert rows(found) == [("lamp", "ws://127.0.0.1:8266", "")]
    assert world.opened == {"ws://127.0.0.1:8266": "hunter2"}


def test_strangers_that_announce_themselves_are_shown_and_never_contacted(
    registry: DeviceRegistry, world: World, search
):
    with announced(
        b"ws://127.0.0.1:1\n" + NEW.encode(),
        b"ws://10.0.0.9:8266\n" + LAMP.encode(),
        b"garbage",
    ) as listening:
        found = search(listening=listening)
    assert world.opened == {}
    assert found.rows == []
    told = reasons(found)
    devices = registry.configuration.places.devices
    assert told.pop("ws://127.0.0.1:1") == (
        f"announces itself as {NEW}, which is not configured: add this uid to a file in {devices}, "
        "or %register ws://127.0.0.1:1"
    )
    assert told.pop("ws://10.0.0.9:8266").startswith("announced by 127.0.0.1, not by itself")
    assert told == {}


def test_who_announces_itself_without_a_uid_is_not_contacted(world: World, search):
    port = random.randrange(20_000, 60_000)  # other tests may be announcing on loopback at the same time
    url = f"ws://127.0.0.1:{port}"
    announcer = Zeroconf(interfaces=["127.0.0.1"])
    try:
        kind = "_webrepl._tcp.local."
        announcer.register_service(ServiceInfo(kind, f"x{port}.{kind}", port, parsed_addresses=["127.0.0.1"]))
        listening = Listening(seconds=2.0, broadcast=False, interfaces=["127.0.0.1"])
        told, end = {}, time.monotonic() + DEADLINE
        while url not in told and time.monotonic() < end:  # on a busy computer it answers too late
            told = reasons(search(listening=listening))
    finally:
        announcer.close()
    assert world.opened == {}
    assert told[url] == f"announces itself without a uid; if it is yours: %register {url}"


def test_a_stranger_that_was_registered_by_hand_is_asked(registry: DeviceRegistry, world: World, search):
    url = "ws://127.0.0.1:1"
    registry.register(url)
    world.boards = {url: NEW}
    with announced(b"ws://127.0.0.1:1\n" + NEW.encode()) as listening:
        found = search(listening=listening)
    assert rows(found) == [(NEW, url, "")]


def test_an_impostor_is_not_remembered(registry: DeviceRegistry, world: World, search):
    world.boards = {"ws://127.0.0.1:8266": NEW}
    with announced(b"ws://127.0.0.1:8266\n" + LAMP.encode()) as listening:
        found = search(listening=listening)
    (reason,) = reasons(found).values()
    assert reason == f"announces itself as {LAMP}, but is another board: change the password of {LAMP}"
    assert registry.all_entries() == []


def test_a_known_configured_board_on_the_network_is_asked_without_announcing(
    registry: DeviceRegistry, world: World, search
):
    registry.remember("ws://10.0.0.5", Info(LAMP))
    registry.remember("ws://10.0.0.6", Info(NEW))
    world.boards = {"ws://10.0.0.5:8266": LAMP, "ws://10.0.0.6:8266": NEW}
    assert [row[0] for row in rows(search())] == ["lamp"]


def test_a_broken_device_file_is_a_note_and_costs_names_and_passwords(
    projects: Path, registry: DeviceRegistry, world: World, search
):
    (projects / "devices" / "d.yaml").write_text("lamp: [\n")
    registry.register("ws://10.0.0.5")
    registry.remember("ws://10.0.0.5", Info(LAMP))
    world.boards = {USB: LAMP}
    found = search(usb())
    assert [note.partition(": ")[0] for note in found.notes] == [f"{projects}/devices/d.yaml, line 2"]
    assert rows(found) == [(LAMP, USB, "")]
    assert reasons(found)["ws://10.0.0.5:8266"].startswith("its password cannot be read: ")


@pytest.mark.parametrize(
    ("listen", "secrets", "expected"),
    [
        (
            "127.0.0.1",
            "broadcast_port = 50123\n",
            {"port": 50123, "address": "127.0.0.1", "interfaces": ["127.0.0.1"]},
        ),
        ("", "", {"port": 50000, "address": "", "interfaces": None}),
        ("off", "", {"seconds": 0}),
        ("nonsense", "", {"seconds": 0}),
        ("", "broadcast_port = \n", {"seconds": 0}),
    ],
)
def test_listening_is_as_configured(
    projects: Path, monkeypatch: pytest.MonkeyPatch, listen: str, secrets: str, expected: dict[str, object]
):
    (projects / "libs").mkdir()
    (projects / "libs" / "secrets.py").write_text(secrets)
    (projects / "libs" / "secrets.py").chmod(0o600)
    configuration = Configuration.from_environment({"IOT_PROJECTS": str(projects), "IOT_LISTEN": listen})
    asked: list[dict[str, object]] = []
    monkeypatch.setattr(scan, "Listening", lambda **options: asked.append(options) or DEAF)
    found = discover(DeviceRegistry(configuration, projects / "registry.json"), ports=list)
    assert asked == [expected]
    said = "not listening for boards that announce themselves: "
    assert [note.startswith(said) for note in found.notes] == (
        [True] if listen == "nonsense" or "= \n" in secrets else []
    )


def test_passwords_that_others_may_read_are_noted_once(projects: Path, search):
    (projects / "libs").mkdir()
    (projects / "libs" / "secrets.py").write_text("")
    (projects / "libs" / "secrets.py").chmod(0o644)
    assert ["chmod 600" in note for note in search().notes] == [True]
    assert search().notes == []


def test_what_cannot_be_listened_to_is_noted(search):
    found = search(listening=Listening(seconds=0.05, port=70000, address="127.0.0.1", mdns=False))
    assert found.notes[0].startswith("cannot listen on UDP port 70000")


def test_a_broken_registry_is_an_error(projects: Path, search):
    (projects / "registry.json").write_text("{")
    with pytest.raises(ConfigError, match=r"registry\.json"):
        search()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")  # the bug is the test
def test_a_bug_of_ours_does_not_stop_the_search(world: World, search):
    world.boards = {USB: ZeroDivisionError(), USB1: LAMP}
    found = search(usb(), usb("/dev/ttyACM1"))
    assert rows(found) == [("lamp", USB1, "")]
    assert reasons(found) == {USB: "asking it failed; the kernel's log says why"}


@pytest.mark.board
def test_a_board_that_talks_in_messages_is_found(registry: DeviceRegistry, tmp_path: Path):
    with MessageBoard(tmp_path / "board") as board:
        registry.register(board.url)
        found = discover(registry, listening=DEAF, ports=list, board=Device)
        assert board.restarts == 0
    (row,) = found.rows
    assert (row.entry.url, row.entry.implementation, row.note) == (board.url, "micropython", "µcore firmware")


def test_real_ports_with_and_without_a_board(wasm: Board, registry: DeviceRegistry, tmp_path: Path):
    """MicroPython, a silent port, one that is gone, one where nobody listens; and not a single Ctrl-C."""
    quiet, quiet_port = pty.openpty()
    refused = f"socket://127.0.0.1:{free_port()}"
    silent = f"serial://{os.ttyname(quiet_port)}"
    gone = f"serial://{tmp_path}/ttyACM9"
    for url in (wasm.url, silent, gone, refused):
        registry.register(url)
    try:
        found = discover(registry, listening=DEAF, ports=list, board=Device)
        heard = os.read(quiet, 10_000)
    finally:
        os.close(quiet)
        os.close(quiet_port)
    assert [(row.entry.url, row.entry.implementation) for row in found.rows] == [(wasm.url, "micropython")]
    told = reasons(found)
    assert told[silent].startswith("no prompt: a program may be running")
    assert "no such serial port" in told[gone]
    assert "nothing listens" in told[refused]
    assert b"\x03" not in heard
    device = Device(wasm.url)  # it was let go
    try:
        assert device.open().implementation == "micropython"
    finally:
        device.close()
