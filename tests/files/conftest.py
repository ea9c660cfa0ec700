"""Boards with their files, in turn: each test of what every board can do runs on every kind."""

import pytest

from tests.opened import opened

ROOMY = ("unix", "wasm", "webrepl")


@pytest.fixture(params=("microbit", *ROOMY))
def device(request):
    """An open board of each kind."""
    with opened(request.getfixturevalue(request.param)) as device:
        yield device


@pytest.fixture(params=ROOMY)
def roomy(request):
    """An open board of each kind that has directories."""
    with opened(request.getfixturevalue(request.param)) as device:
        yield device


@pytest.fixture
def files(device):
    return device.files
