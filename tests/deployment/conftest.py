"""One virtual board for all tests of a module, with no files at the beginning of each test."""

import shutil

import pytest

from iot_kernel.deployment import watch
from iot_kernel.device import board_connection
from tests.opened import opened
from tests.real_boards import kinds


@pytest.fixture(scope="module")
def module_device(tmp_path_factory):
    with kinds.unix(tmp_path_factory.mktemp("deployed") / "board") as board, opened(board) as device:
        device.directory = board.directory
        yield device


@pytest.fixture
def device(module_device, monkeypatch):
    """An open board without files."""
    monkeypatch.setattr(watch, "LEAVE_TIME", 0.05)
    monkeypatch.setattr(board_connection, "ASK_PROMPT_TIMEOUT", 0.5)
    for path in module_device.directory.iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return module_device


@pytest.fixture
def save(tmp_path):
    """Saves a notebook; returns its path."""

    def write(text, name="robot.ipynb"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return write
