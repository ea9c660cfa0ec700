"""What all tests share: the boards. One that cannot be had is an error, never a skip."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import settings
from jupyter_client.connect import LocalPortCache
from serial.urlhandler import protocol_socket

from tests import equipment
from tests.free_ports import free_port
from tests.mqtt_brokers import broker, mosquitto, quick_brokers  # noqa: F401  fixtures
from tests.real_boards import kinds
from tests.real_boards.board import Board
from tests.real_boards.virtual import VirtualBoard
from tests.real_boards.wireless import WirelessBoard
from tests.services.box import Box
from tests.services.containers import Podman
from tests.services.ssh_server import SshServer

# No property has a deadline: the machine may be busy. `--hypothesis-profile torture` is the long form.
settings.register_profile("check", deadline=None, max_examples=25)
settings.register_profile("torture", deadline=None, max_examples=5000)
settings.load_profile("check")

_TORTURE = 3600  # s for a property with so many examples

# A shell starts what it runs in the background deaf to Ctrl-C, and that is passed on.
signal.signal(signal.SIGINT, signal.default_int_handler)

# jsonschema, and with it nbformat, would compile a grammar of addresses: most of a second in each worker. It
# does without, and no test checks an address by it.
sys.modules["rfc3987_syntax"] = None  # type: ignore[assignment]  # this is how imports are refused

os.environ["IOT_LISTEN"] = "off"  # no test asks the network for boards, unless it says where


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--quick", action="store_true", help="leave out tests that need more than Python, or long"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Fills jedi's cache before several workers do: who reads a half written file completes nothing."""
    if not hasattr(config, "workerinput") and getattr(config.option, "numprocesses", None):
        complete = "import jedi; jedi.Interpreter('a', [{}]).complete()"
        subprocess.run([sys.executable, "-c", complete], check=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Gives workers one file after the other, and all of the browser's to one: it has one JupyterLab."""
    from tests.scheduler import ByFile  # here: a run in one process needs no xdist

    return ByFile(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Keeps the quick check from importing what it leaves out: each of its workers would."""
    return True if config.getoption("--quick") and equipment.is_left_out(collection_path) else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keeps the garbage collector from looking at thousands of tests again and again: they stay anyway."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks what tests need; the quick check leaves out those that need more than there is everywhere."""
    equipment.mark(items)
    if settings.get_current_profile_name() == "torture":
        for item in items:
            item.add_marker(pytest.mark.timeout(_TORTURE))
    equipment.order(items)
    if config.getoption("--quick"):
        config.hook.pytest_deselected(items=[item for item in items if not equipment.is_quick(item)])
        items[:] = [item for item in items if equipment.is_quick(item)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Workers that run side by side must agree on the order of the tests, and sets have none."""
    for mark in metafunc.definition.iter_markers("parametrize"):
        if any(isinstance(values, (set, frozenset)) for values in mark.args[1:]):
            raise pytest.UsageError(f"{metafunc.definition.nodeid}: sort the parameters, a set has no order")


@pytest.fixture(scope="session", autouse=True)
def runtime(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Claims of boards stay in this test run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path_factory.mktemp("runtime")))
        yield


@pytest.fixture(scope="session", autouse=True)
def ports_of_kernels() -> Iterator[None]:
    """Kernels get ports that nobody else takes before they have started."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LocalPortCache, "find_available_port", lambda cache, ip: free_port())
        yield


@pytest.fixture(scope="session", autouse=True)
def no_pause_of_pyserial() -> Iterator[None]:
    """pyserial sleeps whenever it has closed a connection, for servers that notice late: boards do not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol_socket, "time", SimpleNamespace(sleep=lambda seconds: None))
        yield


@pytest.fixture(scope="session", autouse=True)
def only_what_is_there_everywhere(request: pytest.FixtureRequest) -> Iterator[None]:
    """A quick check gets no equipment, whatever a test does to have it."""
    with pytest.MonkeyPatch.context() as patch:
        if request.config.getoption("--quick"):
            equipment.refuse(patch)
        yield


@pytest.fixture(scope="session")
def microbit_process() -> Iterator[Board]:
    with kinds.microbit() as board:
        yield board


@pytest.fixture(scope="session")
def wasm_process() -> Iterator[Board]:
    with kinds.wasm() as board:
        yield board


@pytest.fixture
def microbit(microbit_process: Board) -> Board:
    """A micro:bit that was just switched on."""
    microbit_process.restart()
    return microbit_process


@pytest.fixture
def wasm(wasm_process: Board) -> Board:
    """MicroPython for WebAssembly, just started."""
    wasm_process.renew()
    return wasm_process


@pytest.fixture
def unix(tmp_path: Path) -> Iterator[VirtualBoard]:
    """A virtual board with no files, switched off; whoever opens its address switches it on."""
    with kinds.unix(tmp_path / "board") as board:
        yield board
        assert board.processes() == [], "the board was left running"


@pytest.fixture
def webrepl(tmp_path: Path) -> Iterator[WirelessBoard]:
    """A board that is reached by WebREPL over TCP."""
    with WirelessBoard(tmp_path / "wireless") as board:
        yield board


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    """Where servers and containers run; see there."""
    with tempfile.TemporaryDirectory(prefix="iot-box-") as name, Box(Path(name)) as box:
        yield box


@pytest.fixture(scope="session")
def ssh_server(box: Box) -> Iterator[SshServer]:
    """OpenSSH's server; its client's files are as the last test left them."""
    with SshServer(box, box.directory / "ssh") as server:
        yield server


@pytest.fixture(scope="session")
def podman(box: Box) -> Iterator[Podman]:
    """Podman; which containers there are is up to each test module."""
    with Podman(box, box.directory / "podman") as podman:
        yield podman
