"""Boards with their variables, in turn, and every way in which values move."""

from contextlib import contextmanager

import pytest

from iot_kernel.device.device import Device
from iot_kernel.values import transfer
from iot_kernel.values.decoding import decode
from iot_kernel.values.encoding import encode
from iot_kernel.values.transfer import Values

ROOMY = ("unix", "webrepl", "wasm")

#: Ways as a board sees them: how much memory counts as little, and up to which size a value is short.
WAYS = {
    "statements": {"LITTLE_MEMORY": 1 << 60},
    "pieces": {"SHORTEST": 0, "SHORT": 1 << 60},
    "fast": {"SHORTEST": 0, "SHORT": 0},
}


class Variables:
    """The variables of a board as Python values.

    Args:
        device: open.
    """

    def __init__(self, device):
        self.device = device
        self.values = Values(device)

    def __getitem__(self, name):
        return decode(self.values.pull(name), name)

    def __setitem__(self, name, value):
        self.values.push(name, encode(value, name).data)

    def run(self, code):
        """Runs code, and returns what it printed."""
        return self.device.exec(code).strip()

    def names(self):
        """The names of all variables."""
        return set(self.device.eval("sorted(dir())"))


@contextmanager
def switched_on(request, kind):
    board = request.getfixturevalue(kind)
    device = Device(board.url, password=getattr(board, "password", None))
    device.open()
    yield Variables(device)
    device.close()


@pytest.fixture(params=("microbit", *ROOMY))
def variables(request):
    """The variables of an open board of each kind."""
    with switched_on(request, request.param) as variables:
        yield variables


@pytest.fixture(params=[(kind, way) for kind in ("unix", "wasm") for way in WAYS], ids="-".join)
def on_the_way(request, monkeypatch):
    """The variables of an open board, to and from which values move in one way."""
    kind, way = request.param
    for name, value in WAYS[way].items():
        monkeypatch.setattr(transfer, name, value)
    with switched_on(request, kind) as variables:
        yield variables
