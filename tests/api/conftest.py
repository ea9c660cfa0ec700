"""A board for scripts: connected once for a module, as clean as the test before leaves it."""

import pytest

import iot_kernel
from tests.real_boards import kinds


@pytest.fixture(scope="module", autouse=True)
def places(tmp_path_factory):
    """The user's own files, registry and claims stay out of these tests."""
    directory = tmp_path_factory.mktemp("places")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS", "IOT_DEVICES"):
            patch.setenv(name, str(directory / name.lower()))
            (directory / name.lower()).mkdir()
        yield directory


@pytest.fixture(scope="module")
def virtual(tmp_path_factory):
    """A virtual board, switched off."""
    with kinds.unix(tmp_path_factory.mktemp("board") / "files") as board:
        yield board


@pytest.fixture(scope="module")
def board(virtual, places):
    """The virtual board, connected."""
    with iot_kernel.connect(virtual.url) as device:
        yield device


@pytest.fixture
def fresh(tmp_path):
    """A virtual board of its own, for what ends badly."""
    with kinds.unix(tmp_path / "fresh") as board:
        yield board


@pytest.fixture
def name_board(places):
    """Gives a board a name in a device file."""

    def name(name, uid, more=""):
        file = places / "iot_devices" / f"{name}.yaml"
        file.write_text(f"{name}:\n  uid: {uid}\n{more}")
        return file

    yield name
    for file in (places / "iot_devices").iterdir():
        file.unlink()
