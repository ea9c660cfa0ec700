"""Jupyter directories of its own for each test module, and notebooks in them."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.notebook import Notebook

SPECS = Path(__file__).parents[2] / "kernelspec"
DIRECTORIES = ("JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "IPYTHONDIR", "MPLCONFIGDIR")


@pytest.fixture(scope="module", autouse=True)
def jupyter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Sets the directories; the kernelspecs in them are those of this source tree."""
    base = tmp_path_factory.mktemp("jupyter")
    shutil.copytree(SPECS, base / "share" / "kernels")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(base / "share"))
        for name in DIRECTORIES:
            (base / name.lower()).mkdir()
            patch.setenv(name, str(base / name.lower()))
        for name in ("IOT_PROJECTS", "IOT_DEVICES", "IOT_LIBS", "IOT_SECRETS"):
            patch.setenv(name, str(base / "projects"))
        patch.delenv("JPY_SESSION_NAME", raising=False)
        yield base


@pytest.fixture(scope="module")
def board() -> Iterator[Notebook]:
    """A notebook of the IoT Kernel, connected to a virtual board."""
    with Notebook("iot") as notebook:
        notebook.connect("iot")
        yield notebook


@pytest.fixture(scope="module")
def ucore() -> Iterator[Notebook]:
    """A notebook of the µcore kernel, connected to a virtual board."""
    with Notebook("ucore") as notebook:
        notebook.connect("ucore")
        yield notebook


def children(pid: int) -> list[int]:
    """The processes that a process has started, and those that they have."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        for child in map(int, task.read_text().split()):
            found += [child, *children(child)]
    return found


def alive(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


assert os.name == "posix", "these tests look at processes in /proc"
