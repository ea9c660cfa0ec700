"""Runs of pytest inside of tests, with the plugin."""

from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_notebook

# Each run in this process forgets what it has imported; what stands here is imported once for all of them.
import iot_kernel.testing.board_pool
import iot_kernel.testing.board_use
import iot_kernel.testing.notebook_items  # noqa: F401
from tests.real_boards import kinds
from tools import boards, store


@pytest.fixture(autouse=True, scope="module")
def places(tmp_path_factory):
    """The user's own files, registry and claims stay out of these tests."""
    directory = tmp_path_factory.mktemp("places")
    with pytest.MonkeyPatch.context() as patch:
        for name in ("JUPYTER_RUNTIME_DIR", "JUPYTER_DATA_DIR", "IOT_PROJECTS", "IOT_DEVICES"):
            patch.setenv(name, str(directory / name.lower()))
            (directory / name.lower()).mkdir()
        for name in (
            "CI",
            "BUILD_NUMBER",
        ):  # with these, pytest's summary has whole messages, not first lines
            patch.delenv(name, raising=False)
        patch.setenv("IOT_MICROPYTHON", str(boards.micropython()))
        patch.setenv("IOT_KERNEL_CACHE", str(store.root()))  # pytester gives its runs another home
        patch.setenv("MPLCONFIGDIR", str(Path.home() / ".cache" / "matplotlib"))
        yield directory


#: The plugin, whether it is installed in this environment or not.
PLUGIN = ("-p", "iot_kernel.testing.plugin", "-p", "no:cacheprovider")


@pytest.fixture
def run(pytester):
    """Runs pytest in this process, on what files hold."""

    def run(*args, outcomes=None, **files):
        if files:
            pytester.makepyfile(**files)
        result = pytester.runpytest_inprocess(*PLUGIN, *args)
        if outcomes is not None:
            assert result.parseoutcomes() == outcomes
        return result

    return run


@pytest.fixture
def write(pytester):
    """Writes a notebook."""

    def write(name, *cells, kernel="iot"):
        metadata = {"kernelspec": {"name": kernel, "display_name": kernel}} if kernel else {}
        path = pytester.path / name
        path.parent.mkdir(exist_ok=True)
        nbformat.write(new_notebook(cells=list(cells), metadata=metadata), path)
        return path

    return write


@pytest.fixture
def boards_of(tmp_path):
    """Makes virtual boards, and pulls their plugs at the end."""
    made = []

    def make(name, **options):
        made.append(kinds.unix(tmp_path / name, **options))
        return made[-1]

    yield make
    for board in made:
        board.close()
