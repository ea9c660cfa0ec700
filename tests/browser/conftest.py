"""One server and one browser for all tests here, in directories of their own."""

import json
import os
from pathlib import Path

import pytest

from tests.browser.lab import Browser, Notebook, Server
from tools import boards

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="package")
def server(tmp_path_factory):
    base = tmp_path_factory.mktemp("lab")
    (base / "notebooks").mkdir()
    (base / "share").mkdir()
    (base / "share" / "kernels").symlink_to(ROOT / "kernelspec")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(base / "share"))
        for name in (
            "JUPYTER_DATA_DIR",
            "JUPYTER_RUNTIME_DIR",
            "JUPYTER_CONFIG_DIR",
            "IPYTHONDIR",
            "MPLCONFIGDIR",
        ):
            patch.setenv(name, str(base / name.lower()))
        patch.setenv("JUPYTERLAB_SETTINGS_DIR", str(base / "settings"))
        patch.setenv("JUPYTERLAB_WORKSPACES_DIR", str(base / "workspaces"))
        patch.setenv("IOT_PROJECTS", str(base / "projects"))
        patch.setenv("PATH", f"{boards.micropython().parent}{os.pathsep}{os.environ['PATH']}")
        _settings(base / "settings")
        server = Server(base / "notebooks")
        try:
            server.wait()
            yield server
        finally:
            server.close()


def _settings(directory):
    """Answers the questions that JupyterLab would ask in the way of a test."""
    answers = {
        "apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
        "docmanager-extension/plugin": {"renameUntitledFileOnSave": False},
        "notebook-extension/tracker": {"windowingMode": "none"},
    }
    for plugin, settings in answers.items():
        file = directory / "@jupyterlab" / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True)
        file.write_text(json.dumps(settings))


@pytest.fixture(scope="package")
def browser(server, tmp_path_factory):
    with Browser(server, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def notebook(browser, request):
    """A notebook of the IoT Kernel, connected to a virtual board."""
    browser.open()
    notebook = Notebook.launch(browser, "IoT Kernel")
    name = request.module.__name__.rpartition(".")[2].replace(
        "_", "-"
    )  # another module's kernel may have sim://
    assert "Connected to" in notebook.run(f"%connect sim://{name}")
    return notebook


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    """Keeps a picture of what the page looked like when a test failed."""
    report = yield
    if report.failed and "browser" in item.funcargs:
        item.funcargs["browser"].screenshot(f"failed-{item.name}")
    return report
