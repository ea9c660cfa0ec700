"""One burst of noise in what a board says: what is asked ends soon, and what comes next works.

Files and values arrive whole, or with an error. Nobody can promise that of text that a cell prints, nor of
the repr of its value: no check stands beside them.
"""

import random

import pytest
from hypothesis import settings

from iot_kernel.errors import IoTKernelError
from iot_kernel.repl import execution_timeouts
from iot_kernel.repl.execution_timeouts import ExecutionTimeouts
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.transfer import Values
from tests.device.test_cells import wires  # noqa: F401  a fixture
from tests.device.test_device import opened

pytestmark = pytest.mark.board

LENGTH = 64  # bytes
DATA = random.Random(1).randbytes(20_000)


class Burst:
    """Damages so many bytes once, behind so many others."""

    def __init__(self, place, noise):
        self._left, self._noise = place, noise

    def __call__(self, data):
        start = max(0, self._left)
        self._left -= len(data)
        if self._left >= 0 or not self._noise:
            return data
        noise, self._noise = self._noise[: len(data) - start], self._noise[len(data) - start :]
        return data[:start] + noise + data[start + len(noise) :]


def write(device):
    device.files.write("/data", DATA)
    return device.files.read("/data") == DATA


@pytest.fixture
def deadlines(monkeypatch):
    """The deadlines that went by, which are shorter than usual."""
    passed = []
    monkeypatch.setattr(execution_timeouts, "TRANSFER_TIMEOUT", 0.5)
    monkeypatch.setattr(execution_timeouts, "SILENCES", (0.3, 5.0, 50.0))
    monkeypatch.setattr(execution_timeouts, "ACCEPT_TIMEOUT", 1.0)
    monkeypatch.setattr(execution_timeouts, "ENDED_QUIET", 0.1)
    for name in ("_end_stalled_transfer", "_ask_in_silence", "_give_up_sending"):
        step = getattr(ExecutionTimeouts, name)
        monkeypatch.setattr(ExecutionTimeouts, name, lambda self, step=step: (passed.append(1), step(self)))
    return passed


@pytest.fixture
def noisy(unix, wires):  # noqa: F811
    unix.directory.mkdir()
    (unix.directory / "boot.py").write_text("x = 1\n")
    device = opened(unix.url)
    yield device
    device.close()


def push_and_pull(device):
    values = Values(device)
    values.push("v", encode(DATA, "v").data)
    return decode(values.pull("v"), "v") == DATA


OPERATIONS = {
    "eval": lambda device: device.eval("1") == 1,
    "cell": lambda device: device.run_cell("print('x' * 300)\n7", lambda _: None) == "7",
    "write": write,
    "push and pull": push_and_pull,
    "list": lambda device: device.files.stat("/boot.py") is not None,
}

UNCHECKED = {"eval", "cell"}

#: Bytes before the noise; `make torture` tries more.
MORE_PLACES = random.Random(7).sample(range(400), 30) + random.Random(8).sample(range(12_000), 10)
PLACES = [0, 5, 60, 310, 9_000, *(MORE_PLACES if settings.default.max_examples > 1000 else [])]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("operation", OPERATIONS)
def test_one_burst_of_noise(noisy, wires, deadlines, operation, place):  # noqa: F811
    act = OPERATIONS[operation]
    assert act(noisy)
    random_bytes = random.Random(place)
    for noise in (random_bytes.randbytes(LENGTH), b"\x00" * LENGTH, b"\x04" * LENGTH):
        deadlines.clear()
        wires[-1].damage = Burst(place, noise)
        try:
            is_right = act(noisy)
        except IoTKernelError:
            is_right = True  # as the user is told
        finally:
            wires[-1].damage = None
        assert is_right or operation in UNCHECKED
        assert len(deadlines) <= 3
        assert act(noisy)
