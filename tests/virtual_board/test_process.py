"""The process of a virtual board: what its transport's tests do not reach."""

import threading
import time
from pathlib import Path

import pytest

from iot_kernel.errors import ConnectError, ConnectionLostError, ConnectReason
from iot_kernel.virtual_board.options import BoardOptions
from iot_kernel.virtual_board.process import UnixBoard
from tools import boards

pytestmark = pytest.mark.board

DEADLINE = 30.0


@pytest.fixture
def make(tmp_path):
    made = []

    def make(interpreter=None, **options):
        path = interpreter or boards.micropython()
        made.append(UnixBoard("sim://x", path, tmp_path, "020000000001", BoardOptions(**options)))
        return made[-1]

    yield make
    for process in made:
        process.stop()


def hear(process, mark):
    heard = b""
    while mark not in heard:
        heard += process.read()
    return heard


def test_stops_before_it_started_and_twice(make):
    process = make()
    process.stop()
    process.stop()
    assert process.read() == b""
    with pytest.raises(ConnectionLostError):
        process.write(b"x")


def test_an_interpreter_that_never_gets_going(make, tmp_path):
    script = tmp_path / "slow"
    script.write_text("#!/bin/sh\nexec sleep 1000\n")
    script.chmod(0o700)
    with pytest.raises(ConnectError) as caught:
        make(script).start(0.2)
    assert caught.value.reason is ConnectReason.TIMEOUT


def test_an_interpreter_that_ends_at_once_is_quoted(make, tmp_path):
    script = tmp_path / "bad"
    script.write_text("#!/bin/sh\necho first\necho the last word\n")
    script.chmod(0o700)
    with pytest.raises(ConnectError, match="the last word"):
        make(script).start(DEADLINE)


def test_tells_how_much_input_is_read(make):
    process = make()
    process.start(DEADLINE)
    hear(process, b">>> ")
    assert process.unread_writes() == 0
    assert process.interrupt_char() == b""
    process.write(b"import time; print('go'); time.sleep(1000)\r")
    hear(process, b"\r\ngo")
    for count in range(1, 50):
        process.write(b"x" * (count % 16 or 16))
        assert process.unread_writes() == count
    assert process.interrupt_char() == b"\x03"
    process.write(b"\x03")
    hear(process, b">>> ")
    assert process.unread_writes() == 0
    process.write(b"import sys; _ = sys.stdin.read(20); print('go'); time.sleep(1000)\r")
    for _ in range(5):
        process.write(b"abcdefgh")
    hear(process, b"\r\ngo")
    assert process.unread_writes() == 3
    process.write(b"\x03")
    hear(process, b">>> ")


def test_asking_what_is_read_during_a_reset_harms_nothing(make):
    asked = []
    process = make(boot=0.0)
    process.on_reset = lambda: asked.append(process.unread_writes())  # the old link is closed already
    process.start(DEADLINE)
    hear(process, b">>> ")
    for _ in range(3):
        process.write(b"\x04")
        hear(process, b">>> ")
    assert asked == [0, 0, 0]


def test_input_during_a_reset_is_lost_and_harms_nothing(make):
    process = make(boot=0.0)
    process.start(DEADLINE)
    hear(process, b">>> ")
    stop = threading.Event()

    def write():
        while not stop.is_set():
            process.write(b"#")
            time.sleep(0.001)

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(20):
        process.write(b"\rimport machine; machine.reset()\r")
        hear(process, b"Type")
    stop.set()
    writer.join()


def test_a_reset_is_announced_before_the_next_start(make):
    resets = []
    process = make()
    process.on_reset = lambda: resets.append(1)
    process.start(DEADLINE)
    hear(process, b">>> ")
    assert resets == []
    process.write(b"\x04")
    hear(process, b">>> ")
    assert resets == [1]


def test_leaves_no_descriptor_open(make):
    before = len(list(Path("/dev/fd").iterdir()))
    for _ in range(3):
        process = make()
        process.start(DEADLINE)
        hear(process, b">>> ")
        process.write(b"\x04")
        hear(process, b">>> ")
        process.stop()
    assert len(list(Path("/dev/fd").iterdir())) == before
