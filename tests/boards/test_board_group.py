"""The boards of one notebook that are connected: whose session it is, and who gets a board."""

import secrets

import pytest

from iot_kernel.boards.board_group import BoardGroup, WantedBoard
from iot_kernel.boards.errors import DeviceNotFoundError
from iot_kernel.boards.publishing import publish_current
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.registry_entry import Entry
from iot_kernel.boards.session import Session
from iot_kernel.config import Configuration
from iot_kernel.errors import ConfigError, ConnectError, ConnectReason, UsageError
from tests.end_to_end.notebook import virtual
from tests.free_ports import free_port

pytestmark = pytest.mark.board


def new_session(registry):
    return Session(registry, notice=lambda text: None, stray=lambda text: None)


@pytest.fixture
def devices(tmp_path):
    """The directory of device files."""
    (tmp_path / "devices").mkdir()
    return tmp_path / "devices"


@pytest.fixture
def registry(tmp_path, devices):
    places = {"IOT_PROJECTS": str(tmp_path), "IOT_DEVICES": str(devices)}
    return DeviceRegistry(Configuration.from_environment(places), tmp_path / "registry.json")


@pytest.fixture
def group(registry):
    session = new_session(registry)
    group = BoardGroup(session, registry, lambda name: new_session(registry))
    group.current = session
    yield group
    session.close()
    group.close()


@pytest.fixture
def urls(tmp_path):
    return [f"{virtual(name + secrets.token_hex(4))}&dir={tmp_path / name}" for name in "ab"]


def no_such(url):
    raise ConnectError(url, ConnectReason.MISSING, "no such board")


def connect(group, url):
    """Connects a board beside the current one."""
    [board] = group.choose([WantedBoard(url, url)])
    board.session.connect(url)
    group.keep(board)
    return board.session


def test_a_board_keeps_its_session(group, urls):
    session = connect(group, urls[0])
    [again, other] = group.choose([WantedBoard(url, url) for url in urls])
    assert (again.session, again.is_known) == (session, True)
    assert other.session not in (session, group.current)
    assert group.sessions == [session]


def test_other_words_for_the_same_board_lead_to_its_session(group, urls):
    session = connect(group, urls[0])
    uid = session.current.info.uid
    [board] = group.choose([WantedBoard("lamp", uid)])
    assert (board.session, board.is_known, board.name) == (session, False, "lamp")
    with pytest.raises(UsageError, match=r"^x and y: this is one board"):
        group.choose([WantedBoard("x", uid), WantedBoard("y", urls[0])])


def test_words_are_looked_up_again_after_a_change_of_the_device_files(group, urls, devices):
    session = connect(group, urls[0])
    (devices / "boards.yaml").write_text(f"lamp:\n  uid: {session.current.info.uid}\n")
    [board] = group.choose([WantedBoard(urls[0], urls[0])])
    assert (board.session, board.is_known) == (session, False)


def test_the_current_board_keeps_the_notebook_s_session(group, urls):
    group.current.connect(urls[0])
    [board] = group.choose([WantedBoard(urls[0], urls[0])])
    assert board.session is group.current
    group.keep(board)
    assert group.sessions == []
    group.current.connect(urls[1])
    [board] = group.choose([WantedBoard(urls[0], urls[0])])
    assert board.session is not group.current


def test_the_notebook_s_session_takes_a_board_over(group, urls):
    device = connect(group, urls[0]).current
    device.exec("kept = 1")
    assert group.current.connect(urls[0]) is device
    assert device.eval("kept") == 1
    assert group.sessions == []


def test_the_board_before_stays_connected_beside_it(group, urls):
    before = group.current.connect(urls[0])
    connect(group, urls[1])
    group.current.connect(urls[1])
    [session] = group.sessions
    assert session.current is before
    assert before.is_open
    [board] = group.choose([WantedBoard(urls[0], urls[0])])
    assert board.session is session
    group.current.connect(urls[0])
    assert group.current.current is before


def test_a_board_that_is_not_among_them_takes_the_place_of_the_one_before(group, urls):
    before = group.current.connect(urls[0])
    group.current.connect(urls[1])
    assert group.sessions == []
    assert not before.is_open


def test_a_lost_board_is_connected_again_before(group, urls):
    session = connect(group, urls[0])
    lost, before = session.current, group.current.connect(urls[1])
    lost.close()
    assert group.current.connect(urls[0]) is lost
    assert lost.is_open
    [beside] = group.sessions
    assert beside.current is before


def test_a_lost_board_is_let_go_where_another_address_is_meant(group, urls):
    session = connect(group, urls[0])
    uid = session.current.info.uid
    session.current.close()
    assert group.give_up(Entry(urls[0] + "&boot=0", uid=uid)) is None
    assert group.sessions == []


def test_a_lost_board_that_does_not_come_back_leaves_all_as_it_was(group, urls, monkeypatch):
    session, before = connect(group, urls[0]), group.current.connect(urls[1])
    session.current.close()
    with monkeypatch.context() as patch:
        patch.setattr(session.current, "reopen", lambda: no_such(urls[0]))
        with pytest.raises(ConnectError):
            group.current.connect(urls[0])
    assert group.sessions == [session]
    assert group.current.current is before


def test_find_and_disconnect(group, urls):
    group.current.connect(urls[0])
    session = connect(group, urls[1])
    device = session.current
    assert group.connected() == [group.current, session]
    assert group.find(urls[1]) is session
    group.disconnect(session)
    group.disconnect(session)
    assert (device.is_open, group.connected()) == (False, [group.current])
    with pytest.raises(DeviceNotFoundError):
        group.find(urls[1])


def test_what_cannot_be_looked_up_is_the_matter_of_its_own_board(group, devices, urls):
    (devices / "boards.yaml").write_text("lamp: [\n")
    boards = group.choose([WantedBoard(text, text) for text in ("lamp", "serial://", urls[0])])
    for board, error in zip(boards, (ConfigError, ConnectError), strict=False):
        with pytest.raises(error):
            board.session.connect(board.wanted.text)
    assert boards[2].session.connect(urls[0]).is_open
    group.keep(boards[2])


def test_what_is_published_goes_with_its_board(group, urls):
    nowhere = f"mqtt://127.0.0.1:{free_port()}"
    beside = connect(group, urls[0])
    group.current.connect(urls[1])
    for name, session in (("a", beside), ("b", group.current)):
        publish_current(session, [], nowhere, name, waits=False)
    group.current.connect(urls[0])
    [other] = group.sessions
    for name, session in (("a", group.current), ("b", other)):
        assert [each.board for each in session.publications.listed()] == [name]
    group.current.current.close()
    group.current.connect(urls[0])  # plugged in again
    assert [each.board for each in group.current.publications.listed()] == ["a"]
    group.disconnect(other)
    assert other.publications.listed() == []
    group.current.connect(urls[0] + "&boot=0")  # the same board at another address
    assert [each.board for each in group.current.publications.listed()] == ["a"]
    group.current.connect(urls[1])
    assert group.current.publications.listed() == []


def test_pipes_go_with_their_board(group, urls):
    device = connect(group, urls[0]).current
    group.current.connect(urls[1])
    device.run_cell("import ucore\npipe = ucore.open_pipe('adc')\npipe.write(b'1')", lambda text: None)
    group.current.connect(urls[0])
    device.run_cell("pipe.write(b'2')", lambda text: None)
    [info] = group.current.hub.pipes()
    assert (info.name, info.messages, info.lost) == ("adc", 2, 0)
    [beside] = group.sessions
    assert beside.hub.pipes() == []
    group.current.connect(urls[1])
    assert [info.name for info in beside.hub.pipes() + group.sessions[0].hub.pipes()] == ["adc"]
