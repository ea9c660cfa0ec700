"""A notebook of its own for each test: device files, registry, session, and a context that records."""

from functools import partial
from pathlib import Path

import pytest

from iot_kernel import probe
from iot_kernel.config import Configuration
from iot_kernel.discovery import Listening
from iot_kernel.registry import DeviceRegistry
from iot_kernel.session import Session
from tests.magics.context import RecordingContext

MICROBIT_UID = "03:00:00:00:78:56:34:12"  # what QEMU's micro:bit says


@pytest.fixture
def devices(tmp_path, monkeypatch):
    """The directory of device files; the user's own files and kernels stay out of the test."""
    for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS", "IOT_DEVICES"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
        Path(tmp_path / name.lower()).mkdir()
    return tmp_path / "iot_devices"


@pytest.fixture
def microbit(microbit_process):
    """The micro:bit as the last test left it; switching it off and on each time would take long."""
    return microbit_process


@pytest.fixture
def wasm(wasm_process):
    """MicroPython for WebAssembly, likewise."""
    return wasm_process


@pytest.fixture
def quiet_search(monkeypatch):
    """Has searches look at what is registered only: not at this computer's ports, not at its network."""
    search = partial(probe.discover, listening=Listening(seconds=0), ports=list)
    monkeypatch.setattr("iot_kernel.magics.search.discover", search)


@pytest.fixture
def registry(devices):
    return DeviceRegistry(Configuration.from_environment())


@pytest.fixture
def notices():
    """What the session told the notebook."""
    return []


@pytest.fixture
def notebook(registry, notices):
    """A context with a session that can connect real boards."""
    session = Session(registry, notice=notices.append, stray=lambda text: None)
    yield RecordingContext(session=session, registry=registry)
    session.close()


@pytest.fixture
def bit(notebook, microbit, devices):
    """A notebook that is connected to a micro:bit called ``bit``."""
    (devices / "boards.yaml").write_text(f"bit:\n  uid: {MICROBIT_UID}\n")
    notebook.session.connect(microbit.url)
    return notebook
