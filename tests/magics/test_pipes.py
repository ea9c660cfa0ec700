"""``%pipes``, and the line about pipes in ``%info``."""

from types import SimpleNamespace

from iot_kernel.magics.pipes import summary
from iot_kernel.pipes.hub import Hub
from iot_kernel.protocol.jmp import Damaged
from tests.magics.context import RecordingContext
from tests.pipes.kernels import FakeBoard


def context():
    hub = Hub()
    return RecordingContext(session=SimpleNamespace(hub=hub)), FakeBoard(hub)


def test_nothing_is_open():
    ctx, board = context()
    assert ctx.run("%pipes") == "no pipe is open\n"
    assert summary(board.hub) == ""


def test_what_is_open():
    ctx, board = context()
    for name in ("imu", "adc"):
        board.open(name)
    for _ in range(3):
        board.write("adc", bytes(1024))
    board.skip("adc", 2)
    board.write("adc", bytes(1024))
    board.hub.take(Damaged())
    lines = ctx.run("%pipes").splitlines()
    assert lines[0].split() == ["name", "messages/s", "bytes/s", "messages", "bytes", "subscribers", "lost"]
    adc, imu = (line.split() for line in lines[1:3])
    assert (adc[0], adc[-5:]) == ("adc", ["4", "4.0", "KB", "0", "2"])
    assert (imu[0], imu[1], imu[-1]) == ("imu", "0.0", "0")
    assert len({len(line) for line in lines[:3]}) == 1
    assert lines[3] == "1 frames arrived damaged"
    assert summary(board.hub) == "2 open, 2 messages lost, 1 frames damaged"
