"""What ends while producers go on at full speed: the interpreter, the connection, a reader's patience."""

from __future__ import annotations

import struct
import threading
from functools import partial

import pytest

from iot_kernel.device.device import Device
from iot_kernel.errors import DeviceResetError
from iot_kernel.pipes.discover_open import Inquiry
from tests.ucore.conftest import Reader

pytestmark = pytest.mark.board

RESETS = 5
NAMES = ("one", "two")

FLOOD = """
import time, struct, _thread
import ucore
def produce(name):
    pipe = ucore.open_pipe(name)
    number = 0
    while ucore.is_pipe_open(name):
        pipe.write(struct.pack("<I", number) + bytes(number % 300))
        number += 1
for name in ("one", "two"):
    _thread.start_new_thread(produce, (name,))
    time.sleep_ms(20)  # each takes its name before the next one is chosen
"""


def flood(reader):
    """Starts both producers; returns when something has come of each."""
    seen = {name: len(reader.messages.get(name, ())) for name in NAMES}
    reader.run(FLOOD)
    for name in NAMES:
        reader.of(name, seen[name] + 10)


def is_right(messages):
    """Whether each message is whole and the numbers only grow."""
    numbers = [struct.unpack_from("<I", data)[0] for data in messages]
    sizes = [len(data) == 4 + number % 300 for number, data in zip(numbers, messages, strict=True)]
    return all(sizes) and numbers == sorted(set(numbers))


@pytest.mark.parametrize("reset", [Device.soft_reset, partial(Device.hard_reset, quiet=0.1)])
def test_resets_under_producers(threads, reset):
    for count in range(1, RESETS + 1):
        threads.messages.clear()
        flood(threads)
        reset(threads.device)
        assert sorted(threads.ends) == sorted(NAMES * count)
        assert threads.run("6 * 7") == ("42", "")
        assert all(is_right(threads.messages[name]) for name in NAMES)
    assert threads.stray == []


def test_a_kernel_that_does_not_read_holds_producers_up_and_loses_nothing(threads):
    gate = threading.Event()
    flood(threads)
    threads.device.callbacks.on_frame = lambda frame: gate.wait() and threads.hub.take(frame)
    timer = threading.Timer(2.0, gate.set)  # what the board has room for is full long before
    timer.start()
    assert threads.run("6 * 7") == ("42", "")
    timer.join()
    threads.run("ucore.close_pipe('one')\nucore.close_pipe('two')")
    threads.wait(lambda: sorted(threads.ends) == sorted(NAMES))
    for name in NAMES:
        numbers = [struct.unpack_from("<I", data)[0] for data in threads.messages[name]]
        assert numbers == list(range(len(numbers)))
    assert threads.hub.damaged == 0


def test_kernels_that_come_while_the_board_floods(webrepl):
    """Each of them gets its prompt among frames, learns which pipes are open, and can reset the board."""
    for count in range(4):
        device = Device(webrepl.url, password=webrepl.password)
        device.open()
        reader = Reader(device)
        if count == 0:
            flood(reader)
        reader.hub.on_unknown = Inquiry(device.exec).ask
        reader.wait(lambda reader=reader: len(reader.hub.pipes()) == len(NAMES))
        for name in NAMES:
            assert is_right(reader.of(name, 10))
        assert reader.run("print('x' * 100)\n6 * 7") == ("42", "x" * 100 + "\n")
        device.close()
    device.open()
    device.soft_reset()
    assert reader.run("6 * 7") == ("42", "")
    device.close()


@pytest.mark.parametrize("reset", ["import machine; machine.reset()", "import machine; machine.soft_reset()"])
def test_a_reset_that_a_cell_asks_for(threads, reset):
    """The board has neither variables nor our module any more, and no cell is told so a second time."""
    restarts = []
    threads.device.callbacks.on_restart = lambda: restarts.append(1)
    for number in range(3):
        threads.run(f"import ucore\npipe = ucore.open_pipe('adc')\npipe.write(b'{number}')")
        assert threads.of("adc", number + 1)[-1] == b"%d" % number
        with pytest.raises(DeviceResetError):
            threads.run(reset)
        assert len(threads.ends) == number + 1
    assert threads.run("'pipe' in globals()")[0] == "False"
    assert restarts == []
