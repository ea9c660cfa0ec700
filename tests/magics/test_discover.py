"""%discover, %register, %unregister."""

import socket
import threading
from contextlib import ExitStack, contextmanager
from functools import partial

import pytest

from iot_kernel.boards import scan
from iot_kernel.boards.errors import DeviceNotFoundError
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.scan import Discovery, Row
from iot_kernel.discovery import Listening, SerialPort, Skipped
from iot_kernel.errors import ConnectError, UsageError
from iot_kernel.magics import discover
from iot_kernel.magics.search import remarks
from iot_kernel.magics.tables import as_text
from iot_kernel.virtual_board.board import VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.pseudo_terminal import PseudoTerminal
from iot_kernel.virtual_board.transport import power_on
from tests.magics.conftest import known
from tools import boards

pytestmark = pytest.mark.usefixtures("quiet_search")


@pytest.fixture
def board(microbit_process, devices):
    """A micro:bit: unlike a virtual board, it is asked by a search."""
    return known(microbit_process.url)


def test_rows_are_the_seeds():
    rows = [
        Row(Entry("ws://10.39.40.135:8266", uid="30:ae"), "test-esp32"),
        Row(Entry("serial:///dev/ttyACM0", uid="30:af:00"), "samd51"),
        Row(Entry("serial:///dev/ttyACM1"), "pico"),
    ]
    assert discover.boards_table(rows, verbose=False).as_text() == (
        "test-esp32  ws://10.39.40.135:8266  \n"
        "samd51      serial:///dev/ttyACM0   \n"
        "pico        serial:///dev/ttyACM1   \n"
    )
    assert discover.boards_table(rows, verbose=True).as_text() == (
        "test-esp32  ws://10.39.40.135:8266  30:ae\n"
        "samd51      serial:///dev/ttyACM0   30:af:00\n"
        "pico        serial:///dev/ttyACM1   \n"
    )


def test_a_note_stands_behind_a_row():
    rows = [
        Row(Entry("sim://a", uid="01"), "a", "connected"),
        Row(Entry("sim://b", uid="01:02"), "b", "busy"),
    ]
    assert (
        discover.boards_table(rows, verbose=False).as_text()
        == "a  sim://a  \x1b[2mconnected\x1b[0m\nb  sim://b  \x1b[2mbusy\x1b[0m\n"
    )
    assert (
        discover.boards_table(rows, verbose=True).as_text().splitlines()[0]
        == "a  sim://a  01     \x1b[2mconnected\x1b[0m"
    )


def test_boards_that_are_not_there_are_one_line():
    boards = ["lamp", "a", "lamp", "b", "c", "d", "e"]
    away = [Skipped(f"serial:///dev/ttyACM{i}", "there is none", board=name) for i, name in enumerate(boards)]
    other = Skipped("serial:///dev/ttyUSB0", "in use")
    elsewhere = Skipped("ws://10.0.0.1:8266", "nothing there", usual=True, board="f")
    found = Discovery(skipped=[*away, other, elsewhere])
    assert as_text(remarks(found)) == (
        "\x1b[2m6 known boards are not there: lamp, a, b, c, d, … ('%discover -v' says where)\x1b[0m\n"
        "\x1b[2mserial:///dev/ttyUSB0  in use\x1b[0m\n"
    )
    assert as_text(remarks(found, everything=True)).count("\n") == 9
    assert "serial:///dev/ttyACM1  a: there is none" in as_text(remarks(found, everything=True))
    assert as_text(remarks(Discovery(skipped=away[:1]))) == (
        "\x1b[2m1 known board is not there: lamp ('%discover -v' says where)\x1b[0m\n"
    )
    assert as_text(remarks(Discovery(skipped=[elsewhere]))) == ""


@contextmanager
def plugged(tmp_path, **ports):
    """Virtual boards at pseudo-terminals, each under the name of a serial port that goes with it."""
    with ExitStack() as stack:
        for name, port in ports.items():
            options = BoardOptions(dir=tmp_path / name, micropython=str(boards.micropython()))
            board = stack.enter_context(VirtualBoard(power_on(f"sim://{name}", options, 30)))
            (tmp_path / port).symlink_to(PseudoTerminal(board).path)
            stack.callback((tmp_path / port).unlink)
        yield [f"serial://{tmp_path / port}" for port in ports.values()]


@pytest.mark.board
def test_boards_that_come_and_go(notebook, registry, tmp_path):
    with plugged(tmp_path, a="ACM0", b="ACM1", c="ACM2") as urls:
        for url in urls:
            notebook.run(f"%connect {url}\n%disconnect")
        uids = [entry.uid for entry in registry.entries()]
        rows = [f"{uid}  {url}" for uid, url in zip(uids, urls, strict=True)]
        assert [line.rstrip() for line in notebook.run("%discover").splitlines()] == rows
    away = "No devices available\n3 known boards are not there: {}, {}, {} ('%discover -v' says where)\n"
    assert notebook.run("%discover") == away.format(*uids)
    assert notebook.run("%discover -v").count("there is no such serial port") == 3
    with plugged(tmp_path, a="ACM3", b="ACM4") as urls:
        for url in urls:
            notebook.run(f"%connect {url}\n%disconnect")
        shown = notebook.run("%discover").splitlines()
    assert [line.rstrip() for line in shown] == [
        f"{uids[0]}  {urls[0]}",
        f"{uids[1]}  {urls[1]}",
        f"1 known board is not there: {uids[2]} ('%discover -v' says where)",
    ]


def test_no_devices(notebook):
    elsewhere = "not searched: other computers; %connect ssh://USER@HOST/dev/ttyACM0 connects a board there"
    assert notebook.run("%discover") == f"No devices available\n{elsewhere}\n"


def test_discover_finds_boards_and_says_what_it_left_out(notebook, registry, devices, board):
    (devices / "boards.yaml").write_text(f"bit:\n  uid: {board.uid}\n")
    registry.register(board.url)
    registry.register("serial:///dev/nosuchport")
    text = notebook.run("%discover")
    assert text.startswith(f"bit  {board.url}  \nserial:///dev/nosuchport  ")
    assert notebook.run("%discover -v").startswith(f"bit  {board.url}  {board.uid}\n")


def test_ports_of_the_mainboard_are_mentioned_to_who_wants_to_know(notebook, monkeypatch):
    ports = lambda: [SerialPort("/dev/ttyS0"), SerialPort("/dev/ttyACM0", vid=0x2C7C)]  # noqa: E731
    find = partial(scan.discover, listening=Listening(seconds=0), ports=ports)
    monkeypatch.setattr("iot_kernel.magics.search.discover", find)
    assert notebook.run("%discover").startswith("No devices available\nserial:///dev/ttyACM0  seems to be")
    assert "serial:///dev/ttyS0    not a USB port; " in notebook.run("%discover -v")


def test_the_board_in_use_is_shown_and_not_disturbed(bit, board):
    bit.run("a = 5")
    assert bit.run("%discover") == f"bit  {board.url}  connected\n"
    assert bit.run("print(a)") == "5\n"


def test_forgetting_brings_unregistered_boards_back(notebook, registry, board):
    registry.register(board.url)
    notebook.run("%discover")
    notebook.run(f"%unregister {board.uid}")
    assert "bit" not in notebook.run("%discover")
    notebook.run("%discover -f")
    assert registry.entry_at(board.url) is None


def test_ports(notebook, monkeypatch):
    ports = [
        SerialPort(
            "/dev/ttyUSB0",
            hwid="USB VID:PID=10C4:EA60 SER=0163A3DA LOCATION=1-1.3",
            manufacturer="Silicon Labs",
            product="CP2104 USB to UART Bridge Controller",
        ),
        SerialPort("/dev/ttyS0"),
    ]
    monkeypatch.setattr(discover, "serial_ports", lambda: ports)
    assert notebook.run("%discover -a") == (
        "/dev/ttyUSB0\n"
        "  hwid         USB VID:PID=10C4:EA60 SER=0163A3DA LOCATION=1-1.3\n"
        "  manufacturer Silicon Labs\n"
        "  product      CP2104 USB to UART Bridge Controller\n"
        "\n"
        "/dev/ttyS0\n"
        "\n"
    )
    monkeypatch.setattr(discover, "serial_ports", list)
    assert notebook.run("%discover --all") == "No serial ports\n"


def test_register_asks_the_board_and_remembers_it(notebook, registry, board):
    assert notebook.run(f"%register {board.url}") == ""
    entry = registry.entry_at(board.url)
    assert (entry.uid, entry.by_hand, entry.platform) == (board.uid, True, "microbit")
    assert notebook.session.current is None
    assert notebook.run(f"%connect {board.uid}\nprint(1)").endswith("\n1\n")


def test_registering_the_board_in_use_does_not_disturb_it(bit, registry, board):
    bit.run("a = 5")
    bit.run("%unregister bit")
    assert registry.entries() == []
    bit.run(f"%register {board.url}\nprint(a)")
    assert [entry.uid for entry in registry.entries()] == [board.uid]


def test_register_says_why_it_cannot(notebook, registry):
    with pytest.raises(ConnectError, match="serial:///dev/nosuchport: "):
        notebook.run("%register /dev/nosuchport")
    assert registry.entries() == []


@pytest.mark.parametrize("text", ["bit", "nosuch", "192.168.1.20"])
def test_register_takes_addresses_only(notebook, text):
    with pytest.raises(UsageError, match="expected an address such as"):
        notebook.run(f"%register {text}")


def test_an_interrupt_ends_registering(notebook, registry):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        thread = threading.Timer(0.3, notebook.interrupt)
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            notebook.run(f"%register socket://127.0.0.1:{silent.getsockname()[1]}")
        thread.join()
    assert registry.entries() == []


@pytest.mark.parametrize("name", ["bit", "UID", "URL"])
def test_unregister(bit, registry, board, name):
    assert bit.run(f"%unregister {name.replace('URL', board.url).replace('UID', board.uid)}") == ""
    assert registry.entries() == []
    assert bit.run("%discover -v").startswith("bit")  # it is connected all the same


def test_unregister_what_nobody_knows(notebook):
    with pytest.raises(DeviceNotFoundError):
        notebook.run("%unregister nosuch")
