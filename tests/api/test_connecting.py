"""From what people call a board to the board: names, uids, urls, the only one, and what is within reach."""

from functools import partial

import pytest

import iot_kernel
from iot_kernel import AmbiguousDeviceError, ConnectError, ConnectReason, DeviceNotFoundError
from iot_kernel.boards import scan
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.config import Configuration
from iot_kernel.discovery import Listening

pytestmark = pytest.mark.board


@pytest.fixture(autouse=True)
def quiet_search(monkeypatch):
    """Searches look at what is registered only: not at this computer's ports, not at its network."""
    search = partial(scan.discover, listening=Listening(seconds=0), ports=list)
    monkeypatch.setattr("iot_kernel.api.connecting.search", search)


@pytest.fixture
def registry(monkeypatch, tmp_path):
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path))
    return DeviceRegistry(Configuration.from_environment())


def test_a_name_a_uid_and_an_address(fresh, registry, name_board):
    with iot_kernel.connect(fresh.url) as board:
        uid = board.info.uid
        assert board.name == uid
    name_board("garden", uid)
    for text in (uid, "garden", fresh.url):
        with iot_kernel.connect(text) as board:
            assert (board.name, board.info.uid) == ("garden", uid)
            assert repr(board).startswith("<Device garden @ sim://")


def test_kinds_of_connection(fresh, registry):
    with iot_kernel.connect(fresh.url) as board:
        uid = board.info.uid
    with iot_kernel.connect(uid, "ws", "sim") as board:
        assert board.info.uid == uid
    with pytest.raises(DeviceNotFoundError, match="by ws"):
        iot_kernel.connect(uid, "ws")


def test_the_only_one(fresh, registry):
    with pytest.raises(DeviceNotFoundError) as caught:
        iot_kernel.connect()
    assert "iot_kernel.connect('sim://') starts a virtual one" in str(caught.value)
    registry.register(fresh.url)
    with iot_kernel.connect() as board:
        assert board.url == registry.entries()[0].url
    registry.register("sim://another")
    with pytest.raises(AmbiguousDeviceError):
        iot_kernel.connect()


def test_nothing_answers(registry):
    with pytest.raises(DeviceNotFoundError, match="no board is called 'nosuch'"):
        iot_kernel.connect("nosuch")
    for url, reason in (
        ("serial:///dev/nosuchport", ConnectReason.MISSING),
        ("gopher://hole", ConnectReason.UNSUPPORTED),
    ):
        with pytest.raises(ConnectError) as caught:
            iot_kernel.connect(url)
        assert caught.value.reason is reason


def test_a_failed_connect_leaves_nothing_behind(fresh, registry, monkeypatch):
    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr("iot_kernel.boards.registry.DeviceRegistry.remember", fail)
            with pytest.raises(ZeroDivisionError):
                iot_kernel.connect(fresh.url)
        assert fresh.processes() == []


def test_what_is_within_reach(board, registry, microbit):
    registry.register(microbit.url)
    found = {each.url: each for each in iot_kernel.discover()}
    assert found[microbit.url].uid
    assert found[microbit.url].note == ""
    assert found[board.url].note == "connected"
    assert isinstance(found[board.url], iot_kernel.FoundBoard)


def fail(*args, **options):
    raise ZeroDivisionError
