"""``%pipes``, and the line about pipes in ``%info``."""

import threading
from types import SimpleNamespace

import pytest

from iot_kernel.errors import NotConnectedError, UsageError
from iot_kernel.magics.pipes import summary
from iot_kernel.pipes.hub import Hub
from iot_kernel.pipes.publications import Publications
from iot_kernel.protocol.frames import Damaged
from tests.magics.context import RecordingContext
from tests.pipes.kernels import FakeBoard


def context(url="sim://lamp"):
    hub = Hub()
    device = SimpleNamespace(url=url) if url else None
    publications = Publications(hub, lambda line: None)
    session = SimpleNamespace(hub=hub, current=device, name="lamp", publications=publications, is_held=False)
    ctx = RecordingContext(session=session)
    ctx.group = SimpleNamespace(sessions=[])
    return ctx, FakeBoard(hub)


def listed(ctx):
    ctx.run("%pipes")
    return ctx.plain.splitlines()


def test_nothing_is_open():
    ctx, board = context()
    assert listed(ctx) == ["no pipe is open on lamp @ sim://lamp"]
    assert summary(board.hub) == ""


def test_no_board():
    assert listed(context(url=None)[0]) == ["no pipe is open: no board is connected"]


def test_what_is_open():
    ctx, board = context()
    for name in ("imu", "adc"):
        board.open(name)
    for _ in range(3):
        board.write("adc", bytes(1024))
    board.skip("adc", 2)
    board.write("adc", bytes(1024))
    board.hub.take(Damaged())
    title, heading, *rows, damaged = listed(ctx)
    assert title == "Pipes of lamp @ sim://lamp"
    assert heading.split() == ["name", "messages/s", "bytes/s", "messages", "bytes", "subscribers", "lost"]
    adc, imu = (row.split() for row in rows)
    assert (adc[0], adc[-5:]) == ("adc", ["4", "4.0", "KB", "0", "2"])
    assert (imu[0], imu[1], imu[-1]) == ("imu", "0.0", "0")
    assert len({len(line) for line in (heading, *rows)}) == 1
    assert damaged.startswith("1 frame arrived damaged")
    assert summary(board.hub) == "2 open, 2 messages lost, 1 frame damaged"


def test_only_some():
    ctx, board = context()
    assert ctx.run("%pipes imu") == "no pipe is open on lamp @ sim://lamp\n"
    for name in ("imu", "adc", "log"):
        board.open(name)
    _, _, *rows = ctx.run("%pipes log imu").splitlines()
    assert [row.split()[0] for row in rows] == ["imu", "log"]
    with pytest.raises(UsageError, match="no pipe 'nothing' is open; open are adc, imu, log"):
        ctx.run("%pipes nothing")


def test_several_boards():
    ctx, lamp = context()
    other, robot = context("sim://robot")
    other.session.name = "robot"
    ctx.group.sessions.append(other.session)
    assert listed(ctx) == ["no pipe is open on 2 boards"]
    robot.open("adc")
    robot.open("imu")
    robot.hub.take(Damaged())
    title, heading, *rows, damaged = ctx.run("%pipes").splitlines()
    assert title == "Pipes of 2 boards"
    assert heading.split()[:2] == ["board", "name"]
    assert [row.split()[:2] for row in rows] == [["robot", "adc"], ["robot", "imu"]]
    assert damaged.startswith("robot: 1 frame arrived damaged")
    lamp.open("adc")
    for names, boards in (
        ("adc", ["lamp", "robot"]),
        ("robot:adc", ["robot"]),
        ("imu lamp:adc", ["lamp", "robot"]),
    ):
        _, _, *rows, _ = ctx.run(f"%pipes {names}").splitlines()
        assert [row.split()[0] for row in rows] == boards
    with pytest.raises(UsageError, match="no pipe 'lamp:imu' is open; open are adc, imu"):
        ctx.run("%pipes lamp:imu")
    other.session.is_held = True
    assert other.run("%pipes").splitlines()[0] == "Pipes of robot @ sim://robot"
    ctx.session.is_held = True
    assert ctx.run("%pipes").splitlines()[0] == "Pipes of lamp @ sim://lamp"


def test_names_of_other_scripts_stand_in_columns_and_change_no_terminal():
    ctx, board = context()
    for name in ("温度", "a\u0301", "right \u202eleft"):
        board.open(name)
    _, _, *rows = listed(ctx)
    names = [row.partition("0.0")[0] for row in rows]
    assert names == ["a\u0301" + " " * 20, "right ?left" + " " * 10, "温度" + " " * 17]


def test_publishing(mosquitto, monkeypatch, tmp_path):
    monkeypatch.setenv("IOT_SECRETS", str(tmp_path / "secrets.py"))
    ctx, board = context()
    ctx.session.current.info, ctx.session.current.is_open = None, True
    board.open("adc")
    try:
        said = ctx.run(f"%pipes publish adc imu {mosquitto.url}")
        assert said == f"adc, imu of lamp: published at {mosquitto.url}; not open yet: imu\n"
        said = ctx.run(f"%pipes publish {mosquitto.url} --as b")
        assert said == f"all pipes of b: published at {mosquitto.url}\n"
        *_, heading, adc, imu, every = (line.split() for line in ctx.run("%pipes").splitlines())
        assert heading == ["published", "as", "at", "state", "sent", "waiting", "lost"]
        assert adc == ["adc", "lamp", mosquitto.url, "connected,", "MQTT", "5", "0", "0", "bytes", "0"]
        assert (imu[0], every[:2]) == ("imu", ["all", "b"])
        said = ctx.run("%pipes unpublish adc")
        assert said == f"adc of lamp: published no more at {mosquitto.url}\n"
        assert ctx.run(f"%pipes unpublish {mosquitto.url}").count("published no more") == 2
        with pytest.raises(UsageError, match="this is not published"):
            ctx.run("%pipes unpublish")
        ctx.run(f"%pipes publish adc {mosquitto.url}")
        beside, _ = context("sim://beside")
        beside.group.sessions.append(ctx.session)
        assert f"adc         lamp   {mosquitto.url}" in beside.run("%pipes")
        assert beside.run("%pipes unpublish") == said
    finally:
        ctx.session.publications.close()


@pytest.mark.parametrize(
    ("line", "said"), [("%pipes unpublish", "adc of b: published no more at mqtt://b\n"), ("%disconnect", "")]
)
def test_the_pipes_of_all_boards_end_at_the_same_time(line, said):
    """For a broker that does not answer is waited for."""
    together, ended = threading.Barrier(2), []

    def withdraw(names, broker):
        ended.append(together.wait(20))
        return [SimpleNamespace(name="adc", board="b", broker="mqtt://b")]

    publications = SimpleNamespace(listed=lambda: ["adc"], withdraw=withdraw)
    sessions = [
        SimpleNamespace(name=name, publications=publications, is_held=False, check_free=lambda: None)
        for name in "ab"
    ]
    ctx = RecordingContext(session=sessions[0])
    ctx.group = SimpleNamespace(
        sessions=sessions[1:], connected=lambda: sessions, disconnect=lambda session: None
    )
    assert said in ctx.run(line)
    assert sorted(ended) == [0, 1]


def test_what_cannot_be_published(monkeypatch):
    ctx, _ = context()
    ctx.session.current.info = None
    with pytest.raises(
        UsageError, match=r"%pipes: error: broker is mqtt://HOST/PREFIX or .*, not 'http://b'"
    ):
        ctx.run("%pipes publish adc http://b")
    for words in ("adc", ""):
        with pytest.raises(UsageError, match="address of the broker is missing"):
            ctx.run(f"%pipes publish {words}")
    monkeypatch.setattr("ukernel.pipes.mqtt.connecting.importlib.util.find_spec", lambda name: None)
    with pytest.raises(UsageError, match=r"-m pip install paho-mqtt"):
        ctx.run("%pipes publish adc mqtt://b")
    with pytest.raises(NotConnectedError):
        context(url=None)[0].run("%pipes publish adc mqtt://b")
