"""Boards with their files, in turn: each test of what every board can do runs on every kind."""

from contextlib import contextmanager

import pytest

from iot_kernel.device import Device

ROOMY = ("unix", "wasm", "webrepl")


@contextmanager
def switched_on(request):
    board = request.getfixturevalue(request.param)
    device = Device(board.url, password=getattr(board, "password", None))
    device.open()
    yield device
    device.close()


@pytest.fixture(params=("microbit", *ROOMY))
def device(request):
    """An open board of each kind."""
    with switched_on(request) as device:
        yield device


@pytest.fixture(params=ROOMY)
def roomy(request):
    """An open board of each kind that has directories."""
    with switched_on(request) as device:
        yield device


@pytest.fixture
def files(device):
    return device.files
