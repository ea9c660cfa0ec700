"""The start of the kernel's process: what it loads, what it leaves alone, what it says of itself."""

import json
import subprocess
import sys
import time

import pytest
from jupyter_client import BlockingKernelClient

from tests.end_to_end.notebook import Notebook

HEAVY = {
    "zeroconf",
    "websocket",
    "serial",
    "numpy",
    "matplotlib",
    "yaml",
    "debugpy",
    "ipywidgets",
}

START = """
import json, sys
from iot_kernel.kernel.app import IoTKernelApp
app = IoTKernelApp.instance()
app.initialize(["-f", sys.argv[1]])
print(json.dumps([sorted(sys.modules), type(app.kernel).__name__, app.kernel.default_target,
                  app.shell_channel_thread is None, sys.stdout is sys.__stdout__]))
"""


def started(tmp_path, *arguments):
    command = [sys.executable, "-c", START, str(tmp_path / "kernel.json"), *arguments]
    output = subprocess.run(command, check=True, capture_output=True, text=True, cwd=tmp_path).stdout
    return json.loads(output.splitlines()[-1])


def test_the_first_request_needs_no_heavy_library(tmp_path):
    modules, kernel, target, no_subshells, own_streams = started(tmp_path)
    assert HEAVY & set(modules) == set()
    assert (kernel, target) == ("IoTKernel", "board")
    assert no_subshells
    assert own_streams


def test_the_kernel_makes_no_ipython_profile(tmp_path, jupyter, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    started(tmp_path)
    assert not (tmp_path / "ipython").exists()


def test_files_beside_the_notebook_shadow_nothing(tmp_path):
    for name in ("json", "enum", "queue", "zmq", "traitlets", "iot_kernel", "cell"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('shadowed')\n")
    with Notebook("iot", cwd=str(tmp_path)) as notebook:
        assert notebook.run("%%host\n1 + 1").result == "2"
        assert notebook.run("%lsmagic").status == "ok"


@pytest.mark.parametrize(("name", "word"), [("iot", "%%host"), ("ucore", "%%ucore")])
def test_kernel_info(name, word):
    with Notebook(name) as notebook:
        info = notebook.reply(notebook.client.kernel_info())["content"]
    assert (info["implementation"], info["protocol_version"]) == ("iot_kernel", "5.5")
    assert info["language_info"]["name"] == "micropython"
    assert info["supported_features"] == ["debugger"]
    assert word in info["banner"]


def test_a_kernel_with_curve_keys_serves_encrypted_frontends():
    with Notebook("iot", transport_encryption="required") as notebook:
        assert notebook.manager.get_connection_info()["curve_publickey"]
        assert notebook.run("%%host\n1 + 1").result == "2"
        assert notebook.run("%lsmagic").status == "ok"


def test_a_broken_configuration_is_told_by_the_cell_that_needs_it(jupyter):
    devices = jupyter / "projects"
    devices.mkdir(exist_ok=True)
    broken = devices / "broken.yaml"
    broken.write_text("a: [1,\n")
    try:
        with Notebook("iot") as notebook:
            assert notebook.run("%%host\n1").status == "ok"
            assert notebook.run("%lsmagic").status == "ok"
            cell = notebook.run("%connect nosuch")
            assert cell.ename == "ConfigError"
            assert f"{broken}, line 2" in cell.error
    finally:
        broken.unlink()


def test_without_a_home_to_write_to_cells_run(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "file" / "data"))
    with Notebook("iot") as notebook:
        assert notebook.run("! echo hi").text() == "hi\n"
        assert notebook.run("%%host\n5").result == "5"


SLOW_TO_SAY_IDLE = """
import sys, threading, time
from ipykernel.iostream import IOPubThread
{imports}

get_pipe = IOPubThread._event_pipe.fget

def slowly(iopub):
    pipe = get_pipe(iopub)
    if threading.current_thread().name == "Control" and Kernel.instance()._shutdown_message:
        time.sleep(0.5)
    return pipe

IOPubThread._event_pipe = property(slowly)
App.launch_instance(["-f", sys.argv[1]], kernel_class=Kernel)
"""


@pytest.mark.parametrize(
    "imports",
    [
        "from iot_kernel.kernel.app import IoTKernelApp as App, IoTKernel as Kernel",
        "from iot_kernel.subkernel.kernel import SubkernelApp as App, Subkernel as Kernel",
    ],
    ids=["kernel", "sub-kernel"],
)
def test_shutdown_is_quiet_where_the_last_status_comes_late(tmp_path, imports):
    connection = tmp_path / "kernel.json"
    kernel = subprocess.Popen(
        [sys.executable, "-c", SLOW_TO_SAY_IDLE.format(imports=imports), str(connection)],
        stderr=subprocess.PIPE,
        cwd=tmp_path,
        text=True,
    )
    client = BlockingKernelClient(connection_file=str(connection))
    while not connection.exists() or not connection.read_text():
        assert kernel.poll() is None
        time.sleep(0.05)
    client.load_connection_file()
    client.start_channels()
    client.wait_for_ready(timeout=60)
    client.shutdown()
    _, errors = kernel.communicate(timeout=60)
    client.stop_channels()
    assert "Traceback" not in errors
    assert kernel.returncode == 0
