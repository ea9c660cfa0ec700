"""Boards of each kind, and directories of the host that belong on them."""

from dataclasses import dataclass
from pathlib import Path

import pytest

from iot_kernel.config import DeviceConfig
from iot_kernel.config.device_files import read_device_file
from iot_kernel.device.device import Device
from iot_kernel.sync.apply import apply, check_free_space
from iot_kernel.sync.compare import compare


@dataclass
class Side:
    """A board, and the directory that it is synchronised with."""

    device: Device
    projects: Path

    @property
    def libs(self):
        return self.projects / "libs"

    def write(self, text):
        """Writes files of the host: ``libs/a.py=1 libs/b.py=2``."""
        for word in text.split():
            name, _, data = word.partition("=")
            path = self.projects / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(data)

    def config(self, yaml) -> DeviceConfig:
        file = self.projects / "boards.yaml"
        file.write_text(f"lamp:\n  uid: 00:01\n{yaml}")
        (config,) = read_device_file(file, lambda text: self.projects / text)
        return config

    def compare(self, yaml="  resources: [libs]", **options):
        return compare(self.config(yaml), self.device, **options)

    def synchronise(self, yaml="  resources: [libs]", **options):
        """Does what %rsync does, and returns the plan."""
        compared = self.compare(yaml, **options)
        check_free_space(compared.plan, compared.board, self.device.files)
        assert apply(compared.plan, self.device.files) == []
        return compared.plan

    def on_board(self, root="/"):
        """The contents of all files on the board."""
        files = self.device.files
        return {path: files.read(path) for path in files.tree(root).files}


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    """What is compiled stays in the test."""
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "jupyter"))


@pytest.fixture
def side(request, tmp_path):
    """A board of the kind that the test asks for by an indirect parameter, and a host directory."""
    board = request.getfixturevalue(getattr(request, "param", "unix"))
    device = Device(board.url, password=getattr(board, "password", None))
    (tmp_path / "projects").mkdir()
    device.open()
    yield Side(device, tmp_path / "projects")
    device.close()
