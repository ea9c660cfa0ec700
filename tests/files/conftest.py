"""Boards with their files, in turn: each test of what every board can do runs on every kind."""

import pytest

from iot_kernel.device import Device
from iot_kernel.files.remote import RemoteFiles

KINDS = ("unix", "microbit", "wasm", "webrepl")


@pytest.fixture(params=KINDS)
def device(request):
    """An open board of each kind."""
    board = request.getfixturevalue(request.param)
    opened = Device(board.url, password=getattr(board, "password", None))
    opened.open()
    yield opened
    opened.close()


@pytest.fixture
def files(device):
    return RemoteFiles(device)
