"""The boards of one notebook, with real boards: what is current, and what the notebook is told."""

import secrets
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from iot_kernel.boards.errors import DeviceNotFoundError, OtherBoardError
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.session import Session
from iot_kernel.config import Configuration
from iot_kernel.errors import ConfigError, ConnectError, ConnectionLostError, DeviceError, NotConnectedError
from iot_kernel.protocol.frames import Frame, encode
from iot_kernel.virtual_board.board import VirtualBoard
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.pseudo_terminal import PseudoTerminal
from iot_kernel.virtual_board.transport import power_on
from iot_kernel.virtual_board.webrepl import WebRepl
from tools import boards

pytestmark = pytest.mark.board

DIE = "import ffi\nffi.open(None).func('v', '_exit', 'i')(1)"


@pytest.fixture
def places(tmp_path):
    devices = tmp_path / "devices"
    devices.mkdir()
    return {"IOT_PROJECTS": str(tmp_path), "IOT_DEVICES": str(devices)}


@pytest.fixture
def session(tmp_path, places):
    registry = DeviceRegistry(Configuration.from_environment(places), tmp_path / "registry.json")
    told, stray = [], []
    session = Session(registry, notice=told.append, stray=stray.append)
    session.told, session.stray, session.registry = told, stray, registry
    yield session
    session.close()
    session.close()


@pytest.fixture
def sim(tmp_path):
    """Makes urls of virtual boards of this test alone."""
    return lambda name="a": f"sim://{name}{secrets.token_hex(4)}?dir={tmp_path / name}"


def test_no_board(session):
    assert session.current is None
    assert session.name == ""
    with pytest.raises(NotConnectedError, match="%discover"):
        session.device()
    session.disconnect()


def test_connect_by_url_and_again(session, sim):
    url = sim()
    device = session.connect(url)
    device.exec("a = 1")
    assert session.connect(url) is device
    assert session.device() is device is session.current
    assert device.eval("a") == 1
    assert [entry.url for entry in session.registry.entries()] == [device.url]


def test_the_notebook_is_told_why_a_board_has_no_name(session, sim, places):
    file = Path(places["IOT_DEVICES"]) / "boards.yaml"
    file.write_text("lamp: [\n")
    for name in "ab":
        session.told.clear()
        session.connect(sim(name))
        assert [told.partition(", line")[0] for told in session.told] == [str(file)]


def test_a_board_that_cannot_be_remembered_is_let_go(session, unix, monkeypatch):
    def refuse(*args, **options):
        raise ConfigError("registry.json", "no right to write")

    monkeypatch.setattr(session.registry, "remember", refuse)
    with pytest.raises(ConfigError):
        session.connect(unix.url)
    assert unix.processes() == []
    assert session.current is None


def test_the_board_before_is_let_go(session, sim):
    first = session.connect(sim("a"))
    second = session.connect(sim("b"))
    assert not first.is_open
    assert session.current is second


@pytest.mark.parametrize("wanted", ["socket://127.0.0.1:1", "nosuch", "not:an:address"])
def test_after_a_failed_connect_nothing_runs_on_the_board_before(session, sim, wanted):
    device = session.connect(sim())
    with pytest.raises((ConnectError, DeviceNotFoundError)):
        session.connect(wanted)
    for _ in range(2):
        with pytest.raises(OtherBoardError, match=f"'%connect {wanted}' tries again") as caught:
            session.device()
    assert (caught.value.wanted, caught.value.connected) == (wanted, session.name)
    assert device.eval("1") == 1
    assert session.connect(session.name) is device is session.device()


def test_an_address_that_cannot_be_right_costs_no_variables(session, sim):
    url = sim()
    device = session.connect(url)
    device.exec("kept = 7")
    with pytest.raises(ConnectError, match="0 to 60 seconds"):
        session.connect(f"{url}&boot=soon")
    assert session.connect(url) is device
    assert device.eval("kept") == 7


def test_after_a_failed_connect_another_board_will_do(session, sim):
    session.connect(sim("a"))
    with pytest.raises(DeviceNotFoundError):
        session.connect("nosuch")
    assert session.connect(sim("b")) is session.device()


def test_a_failed_connect_of_the_board_itself_says_what_it_always_says(session, microbit):
    session.connect(microbit.url)
    microbit.kill()
    with pytest.raises((ConnectError, ConnectionLostError)):
        session.device().exec("1")
    for attempt in (lambda: session.connect(microbit.url), session.device):
        with pytest.raises((ConnectError, NotConnectedError)):
            attempt()
    microbit.restart()
    assert session.connect(microbit.url).eval("2") == 2


def test_after_a_failed_connect_and_a_disconnect_no_board_is_connected(session, sim):
    session.connect(sim())
    with pytest.raises(DeviceNotFoundError):
        session.connect("nosuch")
    session.disconnect()
    with pytest.raises(NotConnectedError):
        session.device()


def test_without_a_wish_it_is_the_only_board(session, sim):
    first, second = sim("a"), sim("b")
    session.connect(first)
    session.connect(second)
    session.want("")
    with pytest.raises(
        OtherBoardError, match=r"'%connect' failed; .* is still connected, but nothing was run on it"
    ):
        session.device()


def test_a_configured_name(session, sim, places, tmp_path):
    device = session.connect(sim())
    assert session.name == device.info.uid != ""
    (tmp_path / "devices" / "boards.yaml").write_text(f"lamp:\n  uid: {device.info.uid}\n")
    assert session.name == "lamp"
    session.disconnect()
    assert session.connect("lamp").info.uid == device.info.uid


def test_a_lost_board_comes_back_and_the_notebook_is_told(session, sim):
    device = session.connect(sim())
    device.exec("a = 1")
    with pytest.raises(ConnectionLostError):
        device.exec(DIE)
    assert session.told == []
    assert session.device() is device
    assert "variables are gone" in session.told[0]
    with pytest.raises(DeviceError):
        device.eval("a")


def test_a_link_that_broke_alone_leaves_variables(session, microbit):
    device = session.connect(microbit.url)
    device.exec("a = 1")
    device.close()
    session.device()
    assert "still there" in session.told[-1]
    assert device.eval("a") == 1


def test_a_board_at_its_cable_is_connected_by_wi_fi(session, tmp_path):
    """Both lead to one prompt: what is asked by Wi-Fi appears at the cable, too, and is nobody's output."""
    options = BoardOptions(dir=tmp_path, micropython=str(boards.micropython()), webrepl=0, password="tuna")
    with VirtualBoard(power_on("sim://pico", options, 30)) as board:
        cable = session.connect(f"serial://{PseudoTerminal(board).path}")
        cable.exec("x = 5")
        wifi = session.connect(f"ws://127.0.0.1:{WebRepl(board, options).port}", password="tuna")
        assert wifi.eval("x") == 5
        assert session.stray == []
        assert not cable.is_open
        session.disconnect()


def test_stray_output_reaches_the_notebook(session, sim):
    device = session.connect(sim())
    device.exec(
        "import _thread, time\ndef f():\n time.sleep(0.1)\n print('later')\n_thread.start_new_thread(f, ())"
    )
    deadline = time.monotonic() + 30
    while "".join(session.stray) != "later\n":
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_board_at_two_addresses_is_held_once(session, microbit):
    session.connect(microbit.url)
    again = microbit.url.replace("127.0.0.1", "localhost")
    session.registry.remember(again, session.current.info)
    assert session.connect(again).eval("1") == 1


def test_a_name_means_the_board_and_not_its_old_address(session, microbit, sim):
    device = session.connect(microbit.url)
    session.disconnect()
    lamp = "aa:bb:cc"
    session.registry.remember(microbit.url, replace(device.info, uid=lamp))
    with pytest.raises(ConnectError, match="another board"):
        session.connect(lamp)
    assert session.current is None
    assert session.connect(microbit.url).info.uid == device.info.uid


def test_a_board_that_streams_already_is_asked_what(session, sim):
    """As after the end of another kernel: a frame of a pipe that nobody has announced."""
    device = session.connect(sim())
    announcement = encode(Frame(1, 0, b"s\x10\x01\x00adc"))
    device.exec(
        "import sys\nclass Fake:\n @staticmethod\n def announce():\n"
        f"  sys.stdout.buffer.write({announcement})\nsys.modules['ucore'] = Fake"
    )
    running = threading.Thread(target=device.exec, args=("import time\ntime.sleep(0.3)\nprint('done')",))
    running.start()
    time.sleep(0.1)
    device.callbacks.on_frame(Frame(16, 5, b"1234"))
    assert session.hub.pipes() == []
    running.join()
    end = time.monotonic() + 20
    while session.hub.pipe("adc") is None and time.monotonic() < end:
        time.sleep(0.01)
    device.callbacks.on_frame(Frame(16, 6, b"1234"))
    assert session.hub.pipe("adc").messages == 1
    session.disconnect()
    device.callbacks.on_frame(Frame(16, 7, b"1234"))  # nobody is there to be asked


def test_a_board_without_pipes_is_asked_in_vain(session, sim):
    device = session.connect(sim())
    device.callbacks.on_frame(Frame(16, 5, b"1234"))
    assert device.exec("print(1)") == "1\n"
    assert session.hub.pipes() == []
    assert "".join(session.stray) == ""
