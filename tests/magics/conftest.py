"""A notebook of its own for each test: device files, registry, session, and a context that records."""

from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import pytest

from iot_kernel.boards import scan
from iot_kernel.boards.registry import DeviceRegistry
from iot_kernel.boards.session import Session
from iot_kernel.config import Configuration
from iot_kernel.device.device import Device
from iot_kernel.discovery import Listening
from tests.magics.context import RecordingContext


@dataclass(frozen=True)
class Known:
    """A board, and what it says of itself."""

    url: str
    uid: str
    platform: str
    implementation: str


@pytest.fixture
def wasm(wasm_process):
    """MicroPython for WebAssembly as the last test left it; it has no uid."""
    return wasm_process


@pytest.fixture
def devices(tmp_path, monkeypatch):
    """The directory of device files; the user's own files and kernels stay out of the test."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS", "IOT_DEVICES"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
        Path(tmp_path / name.lower()).mkdir()
    return tmp_path / "iot_devices"


@pytest.fixture
def board(unix, devices):
    """A virtual board, switched off; nothing knows it."""
    return known(unix.url)


@pytest.fixture
def quiet_search(monkeypatch):
    """Has searches look at what is registered only: not at this computer's ports, not at its network."""
    search = partial(scan.discover, listening=Listening(seconds=0), ports=list)
    monkeypatch.setattr("iot_kernel.magics.search.discover", search)


@pytest.fixture
def registry(devices):
    return DeviceRegistry(Configuration.from_environment())


@pytest.fixture
def notices():
    """What the session told the notebook."""
    return []


@pytest.fixture
def notebook(unix, registry, notices):
    """A context with a session that can connect boards; it lets go of them before they are switched off."""
    session = Session(registry, notice=notices.append, stray=lambda text: None)
    context = RecordingContext(session=session, registry=registry)
    yield context
    session.close()
    context.group.close()
    context.threads.close()


@pytest.fixture
def bit(notebook, board, devices):
    """A notebook that is connected to the virtual board, which is called ``bit``."""
    return connected(notebook, board, devices)


@cache
def known(url):
    """Asks a board who it is, once."""
    device = Device(url)
    info = device.open()
    device.close()
    return Known(url, info.uid, info.platform, info.implementation)


def connected(notebook, board, devices):
    """Calls a board ``bit`` and connects it."""
    (devices / "boards.yaml").write_text(f"bit:\n  uid: {board.uid}\n")
    notebook.session.connect(board.url)
    return notebook
